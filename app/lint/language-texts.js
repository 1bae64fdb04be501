/**
 * The texts of a file that a person reads, by kind: `string` (what a program prints), `comment`, `prose` and `heading`
 * (of a document), each with the line on which it stands, and the length of that line where it matters.
 */
import { parse } from '@typescript-eslint/parser';

/** @typedef {{ kind: 'string' | 'comment' | 'prose' | 'heading', line: number, text: string, length?: number }} Text */

/** @returns {Text[]} */
export function textsOf(name, content) {
  if (name.endsWith('.md')) return textsOfDocument(content);
  if (/\.(?:ts|js|cjs)$/.test(name)) return textsOfScript(content);
  if (/\.(?:cc|h|c)$/.test(name)) return textsOfLines(content, /\/\/+\s?(.*)$|^\s*\*\s?(.*)$/);
  return textsOfLines(content, /(?:^|\s)#+\s(.*)$/);
}

function textsOfScript(content) {
  const tree = parse(content, { comment: true, loc: true, range: true, sourceType: 'module' });
  const lines = content.split('\n');
  // The format of code is Prettier's; it leaves comments as they are.
  const lengthOf = (line) =>
    /^\s*(?:\/\*|\*|\/\/)/.test(lines[line - 1]) ? lines[line - 1].length : 0;
  const comments = tree.comments.flatMap(({ value, loc }) =>
    value.split('\n').map((text, at) => {
      const line = loc.start.line + at;
      return { kind: 'comment', line, text, length: lengthOf(line) };
    }),
  );
  return [...comments, ...stringsIn(tree)];
}

function stringsIn(node) {
  if (node === null || typeof node !== 'object') return [];
  if (Array.isArray(node)) return node.flatMap(stringsIn);
  if (node.type === 'ImportDeclaration') return [];
  const line = node.loc?.start.line ?? 0;
  if (node.type === 'Literal')
    return typeof node.value === 'string' ? [string(line, node.value)] : [];
  if (node.type === 'TemplateLiteral') {
    const text = node.quasis.map(({ value }) => value.cooked).join('…');
    return [string(line, text), ...node.expressions.flatMap(stringsIn)];
  }
  const skipped = new Set(['parent', 'loc', 'range', 'comments', 'tokens']);
  return Object.entries(node).flatMap(([key, value]) => (skipped.has(key) ? [] : stringsIn(value)));
}

function string(line, text) {
  return { kind: 'string', line, text };
}

/** Shell, unit files, configuration, make and C++: line by line. */
function textsOfLines(content, comment) {
  return content.split('\n').flatMap((text, at) => {
    const line = at + 1;
    const help = /^[\w-]+:.*?## (.*)$/.exec(text) ?? /^Description=(.*)$/.exec(text);
    if (help !== null) return [string(line, help[1])];
    const found = comment.exec(text);
    const comments =
      found === null ? [] : [{ kind: 'comment', line, text: found[1] ?? found[2] ?? '' }];
    const code = found === null ? text : text.slice(0, found.index);
    const strings = [...code.matchAll(/"([^"]*)"|'([^']*)'/g)];
    return [...comments, ...strings.map((match) => string(line, match[1] ?? match[2] ?? ''))];
  });
}

/** Without what stands between backticks. */
function textsOfDocument(content) {
  let isCode = false;
  const lines = content.split('\n');
  return lines.flatMap((text, at) => {
    if (text.startsWith('```')) isCode = !isCode;
    if (isCode || text.startsWith('```') || text.startsWith('    ')) return [];
    const plain = text.replace(/`[^`]*`/g, '`').replace(/"[^"]*"/g, '"');
    const heading = /^#+ (.*)$/.exec(plain);
    if (heading !== null) return [{ kind: 'heading', line: at + 1, text: heading[1] }];
    const texts = [
      { kind: 'prose', line: at + 1, text: plain, length: isRow(text) ? 0 : text.length },
    ];
    if (!/^\|[-| ]+\|$/.test(lines[at + 1] ?? '')) return texts;
    const cells = plain.split('|').map((cell) => cell.trim());
    return [...texts, ...cells.map((cell) => ({ kind: 'heading', line: at + 1, text: cell }))];
  });
}

function isRow(text) {
  return text.startsWith('|');
}
