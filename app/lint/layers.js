/**
 * The layer rule: an import may only point to the right of
 *   bin, start → router, pki → service → link, uplink, identity, netmon → host, tunnel → wire → core
 * and two layers of the same column do not know each other.
 */
import path from 'node:path';

const columns = [
  ['bin', 'start'],
  ['router', 'pki'],
  ['service'],
  ['link', 'uplink', 'identity', 'netmon'],
  ['host', 'tunnel'],
  ['wire'],
  ['core'],
];
const columnOf = new Map(columns.flatMap((names, column) => names.map((name) => [name, column])));

export const layers = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      direction: '{{from}} may not import from {{to}}: imports point only right ({{order}})',
      unknown: 'src/{{name}} is no layer; known: {{order}}',
    },
  },
  create(context) {
    const src = path.join(context.cwd, 'src');
    const order = columns.map((names) => names.join(', ')).join(' → ');
    const layerOf = (file) => path.relative(src, file).split(path.sep)[0];
    const from = layerOf(context.filename);

    function check(node) {
      const target = node.source?.value;
      if (typeof target !== 'string' || !target.startsWith('.')) return;
      const to = layerOf(path.resolve(path.dirname(context.filename), target));
      if (!columnOf.has(from) || !columnOf.has(to)) {
        const name = columnOf.has(from) ? to : from;
        context.report({ node, messageId: 'unknown', data: { name, order } });
      } else if (from !== to && columnOf.get(to) <= columnOf.get(from)) {
        context.report({ node, messageId: 'direction', data: { from, to, order } });
      }
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
