/**
 * The layer rule: an import may only point to the right of
 *   bin, code-cache → programs, dev → daemon → status → config → link, uplink, identity, netmon → platform →
 *   router, tunnel → wire → core
 * Two layers of the same column do not import each other, nor do two programs.
 */
import path from 'node:path';

const columns = [
  ['bin', 'code-cache'],
  ['programs', 'dev'],
  ['daemon'],
  ['status'],
  ['config'],
  ['link', 'uplink', 'identity', 'netmon'],
  ['platform'],
  ['router', 'tunnel'],
  ['wire'],
  ['core'],
];
/** Each folder of these is a program of its own. */
const programLayers = new Set(['programs', 'dev']);
const columnOf = new Map(columns.flatMap((names, column) => names.map((name) => [name, column])));

export const layers = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      direction: '{{from}} may not import from {{to}}: imports point only right ({{order}})',
      program: '{{from}} may not import from {{to}}: programs do not import each other',
      unknown: 'src/{{name}} is not a layer; known: {{order}}',
    },
  },
  create(context) {
    const src = path.join(context.cwd, 'src');
    const order = columns.map((names) => names.join(', ')).join(' → ');
    const placeOf = (file) => path.relative(src, file).split(path.sep);
    const [from, fromProgram] = placeOf(context.filename);

    function check(node) {
      const target = node.source?.value;
      if (typeof target !== 'string' || !target.startsWith('.')) return;
      const [to, toProgram] = placeOf(path.resolve(path.dirname(context.filename), target));
      if (!columnOf.has(from) || !columnOf.has(to)) {
        const name = columnOf.has(from) ? to : from;
        context.report({ node, messageId: 'unknown', data: { name, order } });
      } else if (from !== to && columnOf.get(to) <= columnOf.get(from)) {
        context.report({ node, messageId: 'direction', data: { from, to, order } });
      } else if (from === to && programLayers.has(from) && fromProgram !== toProgram) {
        const data = { from: `${from}/${fromProgram}`, to: `${to}/${toProgram}` };
        context.report({ node, messageId: 'program', data });
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
