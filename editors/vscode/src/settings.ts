// SPDX-License-Identifier: MIT
// How the settings apply to the language server; independent of VS Code.

import * as path from "node:path";

/** The section `criulint` of settings.json; values may have any type. */
export type Settings = Record<
  | "path"
  | "interpreter"
  | "args"
  | "targetVersion"
  | "runtime"
  | "configuration"
  | "select"
  | "extendSelect"
  | "ignore"
  | "yaml"
  | "scripts",
  unknown
>;

/** A program and its arguments. */
export interface Program {
  command: string;
  args: string[];
}

/** Characters of a message in the status bar. */
const MAX_STATUS = 80;

/** The message of a command for a document that no server handles. */
export const NOT_RUNNING = "Open a CRIU file first: criulint is not running for this one.";

/** What reads a document, and the releases that it could be. */
export interface InForce {
  criu: string;
  runtime: string;
  releases: string[];
}

/** A text about a document, whose lines lead to places in files; all numbers are 0-based. */
export interface View {
  text: string;
  links: { line: number; start: number; end: number; uri: string; targetLine: number; targetCharacter: number }[];
}

/** Return the link at a place of a text, or else the first one on its line. */
export function linkOn(view: View | undefined, line: number, character: number): View["links"][number] | undefined {
  const links = view?.links.filter((link) => link.line === line) ?? [];
  return links.find((link) => link.start <= character && character <= link.end) ?? links[0];
}

/** Return what reads a document in a few words. */
export function describe(read: InForce): string {
  return `CRIU ${read.criu}${read.runtime ? `, ${read.runtime}` : ""}`;
}

/** Expand `~`, `${userHome}`, `${workspaceFolder}` and `${env:NAME}`; return "" if it is not a string. */
export function expand(text: unknown, folder: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (typeof text !== "string") {
    return "";
  }
  const home = environment.HOME ?? environment.USERPROFILE ?? "";
  return text
    .replace(/^~(?=$|[/\\])/, home)
    .replaceAll("${userHome}", home)
    .replaceAll("${workspaceFolder}", folder ?? "")
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => environment[name] ?? "");
}

/** Return the language server to start. */
export function program(settings: Settings, folder: string | undefined, environment: NodeJS.ProcessEnv): Program {
  const args = ["lsp", ...(Array.isArray(settings.args) ? settings.args.map(String) : [])];
  const chosen = expand(settings.path, folder, environment);
  if (chosen) {
    // A relative path is relative to the workspace; a bare name is found on the PATH.
    const relative = /[/\\]/.test(chosen) && !path.isAbsolute(chosen) && folder;
    return { command: relative ? path.join(folder, chosen) : chosen, args };
  }
  const interpreter = expand(settings.interpreter, folder, environment);
  return interpreter ? { command: interpreter, args: ["-m", "criulint", ...args] } : { command: "criulint", args };
}

/** Return the settings for the server: those that are set. It reports invalid ones itself. */
export function serverSettings(
  settings: Settings,
  folder: string | undefined,
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const { targetVersion, runtime, select, extendSelect, ignore } = settings;
  const file = settings.configuration;
  const configuration = typeof file === "string" ? expand(file, folder, environment) : file;
  const sent = { targetVersion, runtime, configuration, select, extendSelect, ignore };
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => !['""', "[]", "null"].includes(JSON.stringify(value))));
}

/** The languages of YAML and JSON. */
const YAML = ["yaml", "ansible", "dockercompose", "github-actions-workflow", "helm", "json", "jsonc"];

/** The files of a language that may write CRIU files, of which others do not: a Vagrantfile is Ruby. */
const BY_NAME = [{ language: "ruby", pattern: "**/{Vagrantfile*,*.Vagrantfile}" }];

/** The names that CRIU's callers give its logs. */
const LOG_NAMES = ["dump.log", "restore.log", "criu-dump.log", "criu-restore.log", "criu.log"];

/** The logs of CRIU. */
const LOGS = { language: "log", pattern: `**/{${LOG_NAMES.join(",")}}` };

/** The names of criulint's own configuration, which has a language only if an extension for TOML is installed. */
const OWN_NAMES = ["criulint.toml", ".criulint.toml", "pyproject.toml"];

/** The languages of all else that may write CRIU files: scripts, programs, documents. */
const SCRIPTS = [
  ...["shellscript", "dockerfile", "makefile", "just", "bats", "terraform", "hcl"],
  ...["earthfile", "jenkinsfile", "systemd-unit-file", "nix", "puppet"],
  ...["python", "go", "rust", "c", "javascript", "javascriptreact", "typescript", "typescriptreact"],
  ...["markdown", "restructuredtext", "asciidoc"],
];

/** Return the languages of the documents that the server handles. */
export function languages(settings: Settings): string[] {
  return ["criu", ...(settings.yaml ? YAML : []), ...(settings.scripts ? SCRIPTS : [])];
}

/** Return which documents the server handles. */
export function selector(settings: Settings): { scheme: string; language?: string; pattern?: string }[] {
  const filters = [...languages(settings).map((language) => ({ language })), ...(settings.scripts ? BY_NAME : []), LOGS, { pattern: `**/{${OWN_NAMES.join(",")}}` }];
  return filters.flatMap((filter) => ["file", "untitled"].map((scheme) => ({ scheme, ...filter })));
}

/** Return whether a document needs the server: it is a CRIU file, may embed one, or configures criulint. */
export function needsServer(settings: Settings, file: string, language: string, text: () => string): boolean {
  const name = baseName(file);
  const isOwn = OWN_NAMES.includes(name);
  if (language === "criu" || (isOwn && name !== "pyproject.toml")) {
    return true;
  }
  if (language === LOGS.language && LOG_NAMES.includes(name)) {
    return true;
  }
  const isVagrantfile = language === "ruby" && name.includes("Vagrantfile");
  const isNamed = isOwn || (isVagrantfile && Boolean(settings.scripts));
  return (isNamed || languages(settings).includes(language)) && /criu|CRIU_CONFIG_FILE|(?:crun|runc|default)\.conf/.test(text());
}

/** Return what to do after a change of settings; `changed` says whether a setting was affected. */
export function reaction(changed: (setting: string) => boolean): "nothing" | "notify" | "restart" {
  if (["path", "interpreter", "args", "yaml", "scripts"].some((name) => changed(`criulint.${name}`))) {
    return "restart";
  }
  return changed("criulint") ? "notify" : "nothing";
}

/** Return the message for a server that cannot be started. */
export function startupError(started: Program, reason: string): string {
  return (
    `criulint did not start: ${reason}. ` +
    `Install it with the extra \`lsp\`, or name it in the setting criulint.path (now ${started.command}).`
  );
}

/** Return the last line of what a program said that is not blank, without its name. */
export function lastLine(text: string): string {
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  return last.trim().replace(/^criulint: (error: )?/, "");
}

/** Return the beginning of a message, for the status bar. */
export function shorten(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return line.length > MAX_STATUS ? `${line.slice(0, MAX_STATUS - 1).trimEnd()}\u2026` : line;
}

/** Return whether a file may hold the configuration of criulint. */
export function isConfiguration(file: string): boolean {
  return OWN_NAMES.includes(baseName(file));
}

/** Return the last part of a path, of Windows or not. */
function baseName(file: string): string {
  return file.replace(/.*[/\\]/, "");
}
