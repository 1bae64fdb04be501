/** One operation on configfs; paths are relative to the gadget's folder. A gadget is a list of them. */
export type Step =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'attribute'; readonly path: string; readonly value: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export const folder = (path: string): Step => ({ kind: 'folder', path });
export const attribute = (path: string, value: string): Step => ({
  kind: 'attribute',
  path,
  value,
});
export const link = (path: string, target: string): Step => ({ kind: 'link', path, target });

/** The same steps below `prefix`. Link targets stay relative to the gadget. */
export function stepsBelow(prefix: string, steps: readonly Step[]): Step[] {
  return steps.map((step) => ({ ...step, path: `${prefix}/${step.path}` }));
}

/** As the kernel reads numbers of 8 and 16 bits. */
export function hex(value: number, digits: 2 | 4): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
