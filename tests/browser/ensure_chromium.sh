#!/bin/sh
# Browser tests are never skipped: install Chromium where we may, else say what to install and fail.
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ -f /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    command -v chromium >/dev/null 2>&1 && exit 0
fi
echo "The browser tests need Chromium on the PATH (as chromium, chromium-browser or google-chrome)." >&2
echo "Debian and Ubuntu: sudo apt-get install chromium    Fedora: sudo dnf install chromium" >&2
echo "macOS: brew install --cask chromium                 then run the command again." >&2
exit 1
