// SPDX-License-Identifier: MIT
// Plays a new user in a window of VS Code: installs criulint, does the tasks of each day, and sees it crash.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { doTasks, prepareTasks } from "./tasks.mjs";
import { until, Window } from "./window.mjs";

const [address, work, settingsFile, criulint, screenshots] = process.argv.slice(2);
await prepareTasks(work);
await writeFile(`${work}/criulint.toml`, "");
const window = await Window.open(address);
const { page, toasts } = window;

/** Write the user's settings.json: `settings`, the theme if one is asked for, and which criulint is run. */
let path = criulint;
const set = (settings) => {
  const theme = process.env.THEME ? { "workbench.colorTheme": process.env.THEME } : {};
  return writeFile(settingsFile, JSON.stringify({ "remote.autoForwardPorts": false, "criulint.path": path, ...theme, ...settings }));
};
const picture = (name) => page.screenshot({ path: `${screenshots}/${name}.png` });

/** From the first file to a running server. */
async function install() {
  await page.getByText("Yes, I trust the authors").click();
  await page.locator(".explorer-folders-view").getByText("criu", { exact: true }).first().waitFor();

  // YAML without CRIU starts no server; a ConfigMap does, and the user learns how to install it.
  await window.open("other.yaml");
  await window.open("configmap.yaml");
  await window.status("criulint did not start: spawn /nowhere/criulint ENOENT").waitFor();
  assert.equal(await toasts.getByText("criulint did not start").count(), 0);
  await window.status("criulint did not start").click();
  await toasts.getByText("Install it with the extra `lsp`").waitFor();
  await window.command("Notifications: Clear All Notifications");

  // Without the extra `lsp` it says so itself.
  path = `${work}/../without-pygls`;
  await set({});
  await window.status("criulint did not start: the language server needs pygls").waitFor();

  // A setting names it, and applies at once.
  path = criulint;
  await set({});
  await window.keys("Control+Shift+M");
  await window.problem("CRIU ignores `no` and switches it ON").waitFor();
  await window.status("criulint did not start").waitFor({ state: "detached" });
}

/** A bad file, and settings that change. */
async function look() {
  await window.open("my.conf");
  await window.status("CRIU configuration").waitFor();
  await page.locator(".squiggly-warning").first().waitFor();
  const colours = await window.line(1).locator("span span").evaluateAll((spans) => new Set(spans.map((span) => span.className)).size);
  assert.ok(colours >= 2, "an option and its value look different");
  await window.problem("CRIU ignores `false` and switches it ON").waitFor();

  // Another setting, which is sent to the running server.
  await set({ "criulint.targetVersion": "4.1.1" });
  await window.problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();
  await picture("findings");

  // Settings that are wrong are one item of the status bar, until they are right.
  for (const runtime of ["nonsense", "rubbish"]) {
    await set({ "criulint.targetVersion": "4.1.1", "criulint.runtime": runtime });
    await window.status(runtime).waitFor();
  }
  assert.equal(await toasts.getByText("criulint").count(), 0);
  await set({ "criulint.targetVersion": "4.1.1" });
  await window.status("rubbish").waitFor({ state: "detached" });

  // What the mouse shows; criulint formats CRIU files, and does not offer to format YAML.
  await window.line(1).locator("span span").first().hover();
  await page.locator(".monaco-hover").getByText("sets tcp-close").first().waitFor();
  await window.open("configmap.yaml");
  await window.keys("Control+Shift+I");
  await page.getByText("There is no formatter for 'yaml' files installed").first().waitFor();
  await window.keys("Escape");
  await window.command("Notifications: Clear All Notifications");
}

/** criulint's own configuration: what is wrong there, and completion. */
async function configure() {
  await writeFile(`${work}/criulint.toml`, 'selekt = ["CRIU2"]\nignore = ["nonsense"]\n');
  await window.open("criulint.toml");
  // There are more problems than the list shows at once.
  await window.keys("Control+Shift+M", "Home");
  await window.problem("no key 'selekt'; did you mean 'select'?").waitFor();
  await window.problem("ignore: no rule 'nonsense'").waitFor();
  await window.keys("Control+1");
  await window.write("");
  await window.type("ign");
  await page.locator(".suggest-widget .focused").getByText("ignore").first().waitFor();
  await picture("configuration");
  await window.keys("Enter");
  await window.type('["value-');
  await page.locator(".suggest-widget").getByText("value-ignored").first().waitFor();
  await window.keys("Escape");
  await window.write("");
  await window.keys("Control+S");
  await window.status("nonsense").waitFor({ state: "detached" });
}

/** A server that ends again and again is not started for ever, and one item says so. */
async function crash() {
  const pids = `${work}/../pids`;
  await writeFile(pids, "");
  path = `${work}/../with-pid`;
  await window.open("my.conf");
  await window.problem("CRIU").waitFor();
  await set({});
  await window.problem("CRIU").waitFor({ state: "detached" });
  let killed;
  for (let times = 0; times < 5; times++) {
    let last;
    await until("a server", async () => {
      last = (await readFile(pids, "utf8")).trim().split("\n").at(-1);
      return last && last !== killed;
    });
    await window.problem("CRIU").waitFor(); // it runs: one that is killed before is not started again
    process.kill(Number(last), "SIGKILL");
    await window.problem("CRIU").waitFor({ state: "detached" });
    killed = last;
  }
  await window.status("criulint ended 5 times").waitFor();
  assert.equal(await toasts.getByText("criulint").count(), 0);
  await picture("crashed");
  await window.status("criulint ended 5 times").click();
  await toasts.getByText("Try Again").waitFor();
  path = criulint;
  await set({});
  await window.status("criulint ended 5 times").waitFor({ state: "detached" });
  await window.command("Notifications: Clear All Notifications");
}

/** The log shows what was started, and a command starts it again. */
async function restart() {
  await window.command("criulint: Show Log");
  const log = page.locator(".output-view .view-lines");
  const starts = async () => (await log.innerText()).split("starting").length - 1;
  await until("a line of the log", async () => (await starts()) > 0);
  const before = await starts();
  await window.command("criulint: Restart Language Server");
  await until("another line of the log", async () => (await starts()) > before);
  await window.keys("Control+Shift+M");
  await window.problem("CRIU ignores `false`").waitFor();
}

const begin = Date.now();
const took = (what) => console.log(`${((Date.now() - begin) / 1000).toFixed(0)} s: ${what}`);
try {
  await set({ "criulint.path": "/nowhere/criulint" });
  await install();
  took("installed");
  await look();
  took("looked at findings");
  const number = await doTasks(window, work, (more) => set({ "criulint.targetVersion": "4.1.1", ...more }), picture);
  took(`did ${String(number)} tasks`);
  await configure();
  took("configured");
  await crash();
  took("saw it crash");
  await restart();
  took("restarted");
} catch (error) {
  await picture("failure");
  throw error;
} finally {
  await window.browser.close();
}
