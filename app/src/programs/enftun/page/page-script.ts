/**
 * The page's one script: fetches the page again and puts what has changed in its place. A reload would do the same and
 * take away where the reader was: focus, selection, an opened list, and what a screen reader was reading. It also goes
 * on when the card is away for a while, where a browser would show an error of its own and stop. Without scripts the
 * page reloads.
 */

/** Elements that change, by their id. None of them has anything in it that can have the focus. */
export const liveParts = ['headline', 'since', 'why', 'facts', 'traffic', 'more'] as const;

export const refreshSeconds = 5;

export const pageScript = `
const parts = ${JSON.stringify(liveParts)};
const find = (id, page = document) => page.getElementById(id);
const look = async () => {
  const wait = AbortSignal.timeout(${(refreshSeconds - 1) * 1000});
  const reply = await fetch('/', { cache: 'no-store', signal: wait });
  const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
  document.title = page.title;
  find('state').className = find('state', page).className;
  for (const id of parts) {
    const [shown, next] = [find(id), find(id, page)];
    shown.hidden = next.hidden;
    if (shown.innerHTML !== next.innerHTML) shown.replaceChildren(...next.childNodes);
  }
};
setInterval(() => look().then(() => true, () => false).then((isThere) => {
  find('away').hidden = isThere;
}), ${refreshSeconds * 1000});
`;
