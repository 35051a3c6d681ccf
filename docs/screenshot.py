"""Takes a picture of a report: python docs/screenshot.py report.html docs/report.png."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

page, picture = map(Path, sys.argv[1:])
chromium = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("Install Chromium first.")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
    tab = browser.new_page(viewport={"width": 1180, "height": 1080})
    tab.goto(page.resolve().as_uri())
    tab.wait_for_selector("body[data-drawn=yes]")
    tab.screenshot(path=picture)
    browser.close()
