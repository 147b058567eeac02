// SPDX-License-Identifier: MIT
// Plays a new user in a window of VS Code: installs criulint, opens a bad file, reads about it, fixes it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

const [address, work, settingsFile, criulint, screenshot] = process.argv.slice(2);
const patience = 60_000;

/** Wait until a condition holds; `what` names it in the error. */
async function until(what, condition) {
  for (const end = Date.now() + patience; !(await condition()); await setTimeout(50)) {
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
  }
}

await until("the server", () => fetch(address).then(() => true, () => false));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
page.setDefaultTimeout(patience);

/** Write the user's settings.json. */
const set = (settings) => writeFile(settingsFile, JSON.stringify(settings));
const problem = (text) => page.locator(".markers-panel").getByText(text).first();
const line = (number) => page.locator(".editor-instance .view-line").nth(number - 1);
const open = async (name) => {
  await page.keyboard.press("Control+P");
  await page.locator(".quick-input-widget input").first().fill(name);
  await page.locator(".quick-input-list .focused").getByText(name).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tabs-container .active").getByText(name).waitFor();
};
const command = async (title) => {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").first().fill(`>${title}`);
  await page.locator(".quick-input-list .focused").getByText(title).first().waitFor();
  await page.keyboard.press("Enter");
};

try {
  await page.goto(address);
  await page.getByText("Yes, I trust the authors").click();
  await page.locator(".explorer-folders-view").getByText("criu", { exact: true }).waitFor();

  // YAML without CRIU starts no server; a ConfigMap does, and the user learns how to install it.
  await open("other.yaml");
  await open("configmap.yaml");
  const status = (text) => page.locator(".statusbar").getByText(text);
  const toasts = page.locator(".notifications-toasts");
  await status("criulint did not start: spawn /nowhere/criulint ENOENT").waitFor();
  assert.equal(await toasts.getByText("criulint did not start").count(), 0);
  await status("criulint did not start").click();
  await toasts.getByText("Install it with the extra `lsp`").waitFor();
  await command("Notifications: Clear All Notifications");

  // Without the extra `lsp` it says so itself.
  await set({ "criulint.path": `${work}/../without-pygls` });
  await status("criulint did not start: the language server needs pygls").waitFor();

  // A setting names it, and applies at once.
  await set({ "criulint.path": criulint });
  await page.keyboard.press("Control+Shift+M");
  await problem("CRIU ignores `no` and switches it ON").waitFor();
  await status("criulint did not start").waitFor({ state: "detached" });

  // The language, its grammar, and the server's diagnostics.
  await open("my.conf");
  await page.locator(".statusbar").getByText("CRIU configuration").waitFor();
  await page.locator(".squiggly-warning").first().waitFor();
  const colours = await line(1).locator("span span").evaluateAll((spans) => new Set(spans.map((span) => span.className)).size);
  assert.ok(colours >= 2, "an option and its value look different");
  await problem("CRIU ignores `false` and switches it ON").waitFor();

  // Another setting, which is sent to the running server.
  await set({ "criulint.path": criulint, "criulint.targetVersion": "4.1.1" });
  await problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();
  await page.screenshot({ path: screenshot });

  // Settings that are wrong are one item of the status bar, until they are right.
  for (const runtime of ["nonsense", "rubbish"]) {
    await set({ "criulint.path": criulint, "criulint.targetVersion": "4.1.1", "criulint.runtime": runtime });
    await status(runtime).waitFor();
  }
  assert.equal(await toasts.getByText("criulint").count(), 0);
  await set({ "criulint.path": criulint, "criulint.targetVersion": "4.1.1" });
  await status("rubbish").waitFor({ state: "detached" });

  // The release in force is chosen from a list; the settings of the workspace say it then.
  await line(1).click();
  await command("criulint: Choose CRIU Release");
  await page.locator(".quick-input-widget").getByText("in force").first().waitFor();
  await page.locator(".quick-input-widget input").first().fill("3.18");
  await page.keyboard.press("Enter");
  const chosen = async () => (await readFile(`${work}/.vscode/settings.json`, "utf8").catch(() => "")).includes('"3.18"');
  await until("the setting", chosen);
  await problem("CRIU 3.18 does not know `allow-uprobes`").waitFor();
  await writeFile(`${work}/.vscode/settings.json`, "{}");
  await problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();

  // The hover.
  await line(1).locator("span span").first().hover();
  await page.locator(".monaco-hover").getByText("sets tcp-close").first().waitFor();

  // The safe fix comes first.
  await line(1).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+.");
  await page.locator(".action-widget .focused").getByText("criulint: Write `no-tcp-close` (CRIU201)").waitFor();
  await page.keyboard.press("Enter");
  await line(1).filter({ hasText: "no-tcp-close" }).waitFor();

  // Completion and formatting.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("network-lock   nf");
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget").getByText("nftables").first().waitFor();
  await page.keyboard.press("Enter");
  await command("Format Document");
  await line(3).filter({ hasText: /network-lock\snftables/ }).waitFor();
  await page.keyboard.press("Control+S");
  const fixed = "no-tcp-close\nallow-uprobes\nnetwork-lock nftables\n";
  await until("the file", async () => (await readFile(`${work}/criu/my.conf`, "utf8")) === fixed);

  // All fixes at once, by a command.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("ghost-fiemap yes");
  await problem("CRIU ignores `yes`").waitFor();
  await command("criulint: Fix All");
  await line(4).filter({ hasText: /^ghost-fiemap$/ }).waitFor();

  // The log shows what was started, and the command starts it again.
  await command("criulint: Show Log");
  const log = page.locator(".output-view .view-lines");
  const starts = async () => (await log.innerText()).split(`starting${String.fromCharCode(160)}${criulint}`).length - 1;
  await until("a line of the log", async () => (await starts()) === 1);
  await command("criulint: Restart Language Server");
  await until("another line of the log", async () => (await starts()) === 2);
  await page.keyboard.press("Control+Shift+M");
  await problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();
  console.log("VS Code opened, explained, fixed, completed, formatted and saved the file");
} catch (error) {
  await page.screenshot({ path: screenshot });
  throw error;
} finally {
  await browser.close();
}
