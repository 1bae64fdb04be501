/** Options for meson: a recipe made for another release passes some that the release in hand does not have. */

const optionsOfMeson =
  /^(?:b_|c_|cpp_|build\.|(?:auto_features|buildtype|debug|default_library|optimization|strip|werror|wrap_mode)$)/;

/**
 * Names of the options that a command line passes with -D, and that neither a project's own list nor meson declares.
 */
export function unknownOptions(commandLine, declarations) {
  const passed = [...commandLine.matchAll(/(?:^|\s)-D([^\s=]+)=/g)].map((match) => match[1]);
  const declared = new Set(
    [...declarations.matchAll(/\boption\s*\(\s*'([^']+)'/g)].map((match) => match[1]),
  );
  return [...new Set(passed)].filter((name) => !declared.has(name) && !optionsOfMeson.test(name));
}

/** Declares options that nothing reads. */
export function declare(names) {
  return names
    .map(
      (name) => `option('${name}', type : 'string', description : 'not known to this release')\n`,
    )
    .join('');
}
