// SPDX-License-Identifier: MIT
// A window of VS Code in Chromium, and what a user does in it with the keyboard.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

export const patience = 60_000;

/** Wait until a condition holds; `what` names it in the error. */
export async function until(what, condition) {
  for (const end = Date.now() + patience; !(await condition()); await setTimeout(50)) {
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
  }
}

export class Window {
  /** Open a window at an address, as soon as there is a server. */
  static async open(address) {
    await until("the server", () => fetch(address).then(() => true, () => false));
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
    page.setDefaultTimeout(patience);
    await page.goto(address);
    return new Window(browser, page);
  }

  constructor(browser, page) {
    this.browser = browser;
    this.page = page;
    this.toasts = page.locator(".notifications-toasts");
  }

  /** Press keys, one after another. */
  async keys(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  problem(text) {
    return this.page.locator(".markers-panel").getByText(text).first();
  }

  status(text) {
    return this.page.locator(".statusbar").getByText(text).first();
  }

  /** The lines of the editor that is used. */
  lines() {
    return this.page.locator(".editor-group-container.active .editor-instance .view-line");
  }

  line(number) {
    return this.lines().nth(number - 1);
  }

  /** Open a file by its name. */
  async open(name) {
    await this.keys("Control+P");
    await this.pick(name);
    await this.sees(name);
  }

  /** Wait until an editor with this title is used. */
  async sees(title) {
    await this.page.locator(".editor-group-container.active .tab.active").getByText(title, { exact: true }).waitFor();
  }

  /** Choose what a list offers for a text. */
  async pick(text, entry = text) {
    await this.page.locator(".quick-input-widget input").first().fill(text);
    await this.page.locator(".quick-input-list .focused").getByText(entry).first().waitFor();
    await this.keys("Enter");
  }

  /** Run a command by its title. */
  async command(title) {
    await this.keys("F1");
    await this.pick(`>${title}`, title);
  }

  /** Put the cursor on a place; both numbers count from 1. */
  async goTo(line, column = 1) {
    await this.keys("Control+G");
    await this.page.locator(".quick-input-widget input").first().fill(`:${line}:${column}`);
    await this.keys("Enter");
    await this.isAt(line, column);
  }

  /** Wait until the cursor is on a line. */
  async isAt(line, column) {
    await this.status(column ? `Ln ${line}, Col ${column}` : new RegExp(`^Ln ${line}, `)).waitFor();
  }

  /** Replace the whole text of the editor that is used. */
  async write(text) {
    await until("an empty editor", async () => {
      await this.keys("Control+A", "Delete");
      return (await this.lines().allInnerTexts()).join("").trim() === "";
    });
    await this.page.keyboard.insertText(text);
    await this.keys("Escape");
  }

  /** Open the menu of quick fixes, and wait for an entry. */
  async openQuickFixes(title) {
    const menu = this.page.locator(".action-widget");
    await until(`a quick fix: ${title}`, async () => {
      await this.keys("Control+.");
      // VS Code drops what was asked for while it looks for fixes itself, after a move of the cursor.
      return menu.getByText(title).first().waitFor({ timeout: 5000 }).then(() => true, () => false);
    });
    return menu;
  }

  /** Choose an entry of the menu of quick fixes. */
  async quickFix(title) {
    const menu = await this.openQuickFixes(title);
    const focused = menu.locator(".focused");
    await until(title, async () => {
      if ((await focused.innerText()).includes(title)) {
        return true;
      }
      await this.keys("ArrowDown");
      return false;
    });
    await this.keys("Enter");
  }
}
