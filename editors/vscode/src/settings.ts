// SPDX-License-Identifier: GPL-2.0-only
// What the settings make of the language server; nothing here knows VS Code.

import * as path from "node:path";

/** The settings of the section `criulint`: whatever stands in settings.json, of the right type or not. */
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
  | "yaml",
  unknown
>;

/** A program and its arguments. */
export interface Program {
  command: string;
  args: string[];
}

/** `~`, `${userHome}`, `${workspaceFolder}` and `${env:NAME}` in a setting, written out; nothing if it is no text. */
export function expanded(text: unknown, folder: string | undefined, environment: NodeJS.ProcessEnv): string {
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

/** The language server to start. */
export function program(settings: Settings, folder: string | undefined, environment: NodeJS.ProcessEnv): Program {
  const args = ["lsp", ...(Array.isArray(settings.args) ? settings.args.map(String) : [])];
  const chosen = expanded(settings.path, folder, environment);
  if (chosen) {
    // A relative path counts from the workspace, and a bare name is looked for on the PATH.
    const relative = /[/\\]/.test(chosen) && !path.isAbsolute(chosen) && folder;
    return { command: relative ? path.join(folder, chosen) : chosen, args };
  }
  const interpreter = expanded(settings.interpreter, folder, environment);
  return interpreter ? { command: interpreter, args: ["-m", "criulint", ...args] } : { command: "criulint", args };
}

/** What the server is told of the settings: those that are set. It is the server that tells of wrong ones. */
export function serverSettings(
  settings: Settings,
  folder: string | undefined,
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const { targetVersion, runtime, select, extendSelect, ignore } = settings;
  const file = settings.configuration;
  const configuration = typeof file === "string" ? expanded(file, folder, environment) : file;
  const told = { targetVersion, runtime, configuration, select, extendSelect, ignore };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => !['""', "[]", "null"].includes(JSON.stringify(value))));
}

/** The languages of the documents that the server is asked about. */
export function languages(settings: Settings): string[] {
  return settings.yaml ? ["criu", "yaml", "ansible"] : ["criu"];
}

/** Whether a document is worth a language server: it is CRIU's, or may hold a file that is. */
export function concerns(settings: Settings, language: string, text: () => string): boolean {
  return languages(settings).includes(language) && (language === "criu" || /criu[^\n]{0,255}\.conf|(?:crun|runc|default)\.conf/.test(text()));
}

/** What to do when settings have changed, by what says whether one of them has. */
export function reaction(changed: (setting: string) => boolean): "nothing" | "tell" | "restart" {
  if (["path", "interpreter", "args", "yaml"].some((name) => changed(`criulint.${name}`))) {
    return "restart";
  }
  return changed("criulint") ? "tell" : "nothing";
}

/** What to tell whoever has no criulint that can be started. */
export function complaint(started: Program, reason: string): string {
  return (
    `criulint could not be started (${started.command}: ${reason}). ` +
    "Install it with the extra `lsp`, or name it in the setting criulint.path."
  );
}
