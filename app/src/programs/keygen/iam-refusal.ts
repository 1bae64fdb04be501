/** What the ENF's identity service means by a status that is not 2xx, and what a person can check. */

export type Call = 'login' | 'register';

export interface Refusal {
  readonly call: Call;
  readonly status: number;
  /** The service's own words, if it gave any that can be shown. */
  readonly reason: string | undefined;
  /** What was asked for. */
  readonly user: string;
  readonly subject: string;
}

export function explainRefusal({ call, status, reason, user, subject }: Refusal): string {
  const words = reason === undefined ? `status ${status}` : `status ${status}: ${reason}`;
  return `${call === 'login' ? 'the login failed' : `${subject} was not registered`} (${words}); ${
    call === 'login' ? loginAdvice(status, user) : registerAdvice(status, user, subject)
  }`;
}

function loginAdvice(status: number, user: string): string {
  if (status === 401 || status === 403) return `check the password of ${user}, and the user itself`;
  return generalAdvice(status) ?? `double-check the user ${user}, and try again later`;
}

function registerAdvice(status: number, user: string, subject: string): string {
  if (status === 401) return 'the login has expired already; run the command again';
  if (status === 403)
    return `check that ${user} may assign ${subject}, and that it is in the account's network`;
  if (status === 409)
    return `it belongs to another key already; choose another address, or remove it there first`;
  return (
    generalAdvice(status) ?? `an error occurred there; double-check ${subject}, and try again later`
  );
}

function generalAdvice(status: number): string | undefined {
  if (status >= 300 && status < 400) {
    return 'the service redirects to another place, which is not followed; check --iam-url';
  }
  if (status === 404 || status === 405)
    return 'there is no such service at this place; check --iam-url';
  if (status === 407) return 'a proxy wants a password; check https_proxy';
  if (status === 429) return 'there were too many requests; wait a few minutes';
  return undefined;
}
