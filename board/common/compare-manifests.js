/**
 * Compares the manifests of two images of the card, so that two builders cannot drift apart: every difference must be
 * on the list of differences that are meant, and every one on that list must be there.
 *
 * usage: compare-manifests.js REFERENCE OTHER DIFFERENCES [MODULES-BUILTIN]
 *   DIFFERENCES      JSON: {"key": {"entry": "reason", ...}, ...}; an entry may end with "*"
 *   MODULES-BUILTIN  the other kernel's modules.builtin: what is built in counts as present
 *
 * Versions are not compared. Prints one line per unexpected difference; status 1 if there is any.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

const [referenceFile, otherFile, differencesFile, builtinFile] =
  process.argv.slice(2);
if (differencesFile === undefined) {
  console.error(
    "usage: compare-manifests.js REFERENCE OTHER DIFFERENCES [MODULES-BUILTIN]",
  );
  process.exit(2);
}
const load = (file) => JSON.parse(readFileSync(file, "utf8"));
const [reference, other, allowed] = [
  referenceFile,
  otherFile,
  differencesFile,
].map(load);

/** A list or a map as lines, which are compared. */
const lines = (part) =>
  Array.isArray(part)
    ? part.map(String)
    : Object.entries(part ?? {}).map(([name, value]) => `${name} ${value}`);

const moduleName = (name) => name.replaceAll("-", "_");
const builtin =
  builtinFile === undefined
    ? []
    : readFileSync(builtinFile, "utf8")
        .split("\n")
        .map((line) => path.basename(line, ".ko"));

function normalized(key, manifest, isOther) {
  // What the overlay masks is not started, whatever unit wants it.
  const isMasked = (link) =>
    manifest.maskedUnits?.includes(path.basename(link)) === true;
  const all = lines(manifest[key]).filter(
    (line) => key !== "startedUnits" || !isMasked(line),
  );
  if (key !== "kernelModules") return new Set(all);
  return new Set([...all, ...(isOther ? builtin : [])].map(moduleName));
}

const used = new Set();
function isMeant(key, entry) {
  const match = Object.keys(allowed[key] ?? {}).find((pattern) =>
    pattern.endsWith("*")
      ? entry.startsWith(pattern.slice(0, -1))
      : entry === pattern,
  );
  if (match !== undefined) used.add(`${key}: ${match}`);
  return match !== undefined;
}

let count = 0;
function report(text) {
  count += 1;
  console.log(text);
}

const keys = new Set([...Object.keys(reference), ...Object.keys(other)]);
keys.delete("versions");
for (const key of keys) {
  const [wanted, found] = [
    normalized(key, reference, false),
    normalized(key, other, true),
  ];
  for (const entry of wanted) {
    if (!found.has(entry) && !isMeant(key, `- ${entry}`))
      report(`${key}: missing: ${entry}`);
  }
  // A kernel may do more; everything else must be the same.
  if (key === "kernelModules") continue;
  for (const entry of found) {
    if (!wanted.has(entry) && !isMeant(key, `+ ${entry}`))
      report(`${key}: not expected: ${entry}`);
  }
}
for (const [key, entries] of Object.entries(allowed)) {
  for (const entry of Object.keys(entries)) {
    if (!used.has(`${key}: ${entry}`))
      report(`${key}: no such difference any more: ${entry}`);
  }
}
if (count > 0) process.exitCode = 1;
else console.log(`the same but for ${used.size} differences that are meant`);
