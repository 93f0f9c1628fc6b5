// Debian's Chromium.
import { existsSync } from 'node:fs';
import * as playwright from 'playwright-core';

const places = [process.env.PAGEPULSE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const chromium = places.find((path) => path && existsSync(path));

export function launch() {
  // Whoever runs the tests may be root, for whom its sandbox does not start.
  return playwright.chromium.launch({ executablePath: chromium, args: ['--no-sandbox'] });
}

export async function openBoard(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1366, height: 900 },
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.faults = [];
  page.hosts = new Set();
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.faults.push(message.text());
  });
  page.on('request', (request) => /^https?:/.test(request.url()) && page.hosts.add(new URL(request.url()).host));
  await page.goto(url);
  return page;
}

export const card = (page, name) => page.locator(`[data-card="${name}"]`);

// Read in one step, since the board may draw again at any moment; what is not there yet is an error.
const inCard = (cardName, inner) => `[data-card="${cardName}"] ${inner}`;

export const figure = (page, cardName, metric) =>
  page.evaluate((selector) => {
    const box = document.querySelector(selector);
    return { value: box.querySelector('.value').innerText, before: box.querySelector('.figure-before')?.innerText ?? null };
  }, inCard(cardName, `[data-metric="${metric}"]`));

// The cells of a card's table, row by row.
export const tableOf = (page, cardName) =>
  page.evaluate((selector) => {
    const rows = [...document.querySelector(selector).querySelectorAll('tbody tr')];
    return rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()));
  }, inCard(cardName, 'table'));

export const footOf = (page, cardName) =>
  page.evaluate(
    (selector) => [...document.querySelector(selector).children].map((cell) => cell.innerText.trim()),
    inCard(cardName, 'tfoot tr'),
  );

// Until it holds: numbers are pushed, so nothing says when they have come.
export async function eventually(check, ms = 20000) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
