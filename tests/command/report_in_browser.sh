#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks at report pages in a real browser, without a screen: at 1280 and at 400 pixels, light and dark.
# usage: report_in_browser.sh FORKMAP PLUGIN-FOLDER. Exit status 77: there is no browser here.
# KEEP=FOLDER keeps pages and screenshots there.
set -euo pipefail

forkmap=$1
plugins=$2

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  exit 1
}

browser=
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then
    browser=$name
    break
  fi
done
if [[ -z $browser ]]; then
  printf 'SKIPPED: no chromium is installed, so nobody has looked at the pages\n' >&2
  exit 77
fi

if [[ -n ${KEEP:-} ]]; then
  mkdir -p "$KEEP"
  folder=$KEEP
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

# browse LOG ARGUMENT...: with a watchdog, since a browser without a screen may hang.
browse() {
  local log=$1
  shift
  rm -rf "$folder/profile"
  timeout --kill-after=5 100 "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --no-first-run --disable-extensions --disable-background-networking --hide-scrollbars \
    --allow-file-access-from-files --user-data-dir="$folder/profile" --enable-logging=stderr --v=0 "$@" 2>"$log"
}

# frame NAME WIDTH: shows the report in a frame of a given width, since a window cannot be as narrow as a telephone.
frame() { printf '<iframe id="%s-%s" style="width:%spx" src="%s.html"></iframe>\n' "$1" "$2" "$2" "$1"; }

# framed FRAME...: a page of the test's own.
framed() {
  printf '<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0}iframe{display:block;border:0;height:2600px}</style>\n'
  printf '%s\n' "$@"
}

# Measures all frames of its page from outside: a report runs no scripts.
measuring_script() {
  cat <<'HTML'
<script>
const measure = frame => {
  const page = frame.contentDocument;
  const root = page.documentElement;
  const wide = [...page.querySelectorAll('body *')].filter(element =>
    !element.closest('.scroll') && !element.closest('svg') && element.getBoundingClientRect().right > root.clientWidth + 0.5);
  const sections = [...page.querySelectorAll('h2')].map(heading => heading.textContent).join('/');
  const small = [...page.querySelectorAll('body *')].filter(element =>
    element.childElementCount == 0 && element.textContent.trim() != '' && !element.closest('svg') &&
    parseFloat(page.defaultView.getComputedStyle(element).fontSize) < 10);
  return 'width=' + root.clientWidth + ' scroll=' + root.scrollWidth +
    ' beyond=' + wide.length + ' scripts=' + page.scripts.length + ' small=' + small.length +
    ' height=' + (root.scrollHeight > 600) + ' sections=' + sections + ' title=' + page.title;
};
addEventListener('load', () => {
  for (const frame of document.querySelectorAll('iframe')) {
    const line = document.createElement('p');
    line.textContent = frame.id + ': ' + measure(frame);
    document.body.append(line);
  }
});
</script>
HTML
}

# Width and height of a PNG.
png_size() { od -An -tu1 -j16 -N8 "$1" | awk '{print $1*16777216+$2*65536+$3*256+$4, $5*16777216+$6*65536+$7*256+$8}'; }

# measure NAME...: pages, all in one start of the browser.
measure() {
  local name width found frames=() log=$folder/measures.log
  for name in "$@"; do
    for width in 1280 400; do frames+=("$(frame "$name" "$width")"); done
  done
  framed "${frames[@]}" "$(measuring_script)" >"$folder/measures.html"
  browse "$log" --window-size=1400,2600 --virtual-time-budget=3000 --dump-dom "file://$folder/measures.html" \
    >"$folder/measures.dom" || fail "the browser ended with $?: $(tail -3 "$log")"
  for name in "$@"; do
    for width in 1280 400; do
      found=$(grep -o "<p>$name-$width: [^<]*" "$folder/measures.dom" || true)
      found=${found#*: }
      printf '%s at %s: %s\n' "$name" "$width" "$found"
      [[ $found == "width=$width scroll=$width beyond=0 scripts=0 small=0 height=true sections=Timeline/Throughput/Item times/"* ]] ||
        fail "$name at $width pixels: $found"
    done
  done
  if grep -q CONSOLE "$log"; then fail "$(grep CONSOLE "$log")"; fi
}

# look NAME: at a page.
look() {
  local name=$1 width log schemes=(light)
  # Colors are the same on all pages; the first one has them all.
  if [[ $name == troubled ]]; then schemes+=(dark); fi
  for width in 1280 400; do
    framed "$(frame "$name" "$width")" >"$folder/$name-$width.html"
    log=$folder/$name-$width.log
    for scheme in "${schemes[@]}"; do
      local flags=() picture=$folder/$name-$width-$scheme.png
      if [[ $scheme == dark ]]; then flags=(--force-dark-mode --blink-settings=preferredColorScheme=0); fi
      browse "$log" --window-size="$width,2600" "${flags[@]}" --screenshot="$picture" "file://$folder/$name-$width.html" \
        >/dev/null || fail "$name: no screenshot: $(tail -3 "$log")"
      [[ -s $picture ]] || fail "$name: no screenshot"
      read -r seen_width seen_height < <(png_size "$picture")
      ((seen_width >= width && seen_height >= 2000)) || fail "$name: a screenshot of $seen_width x $seen_height"
      # A page with nothing on it is small, whatever its size.
      (($(stat -c %s "$picture") > 5 * $(stat -c %s "$folder/blank.png"))) || fail "$name: the screenshot is blank"
    done
    if [[ -e $folder/$name-$width-dark.png ]] && cmp -s "$folder/$name-$width-light.png" "$folder/$name-$width-dark.png"; then
      fail "$name: light and dark look the same"
    fi
  done
}

# run NAME ARGUMENT...: whatever becomes of its items.
run() {
  local name=$1 status=0
  shift
  "$forkmap" run --report "$folder/$name.html" "$@" >/dev/null 2>&1 || status=$?
  ((status <= 1)) || fail "$name: the run ended with $status"
}

printf '<!DOCTYPE html>' >"$folder/blank.html"
browse "$folder/blank.log" --window-size=1280,2600 --screenshot="$folder/blank.png" "file://$folder/blank.html" >/dev/null ||
  fail "the browser does not work here: $(tail -3 "$folder/blank.log")"

# Deaths, a refork, failures; items that are markup, and long ones.
{
  for item in 3 '<script>document.title="bad"</script>' "$(printf 'long%.0s' {1..300})" $'\xff\xfe' 1; do
    printf '%s\n' "$item"
  done
  seq 20 80
  printf '3\n'
} >"$folder/items"
run troubled -j 3 --chunk 1 --late-plugin "$plugins/faulty.so" --on-stale refork --retries 1 --input "$folder/items" crash_on_three
run uneven -j 2 --chunk 1 "$plugins/faulty.so:sleep_ms" 200 5 10 80 3 40 1 0 7 20 50 2
run large -j 2 arith:square --reduce sum --input <(seq 3000000)
run many -j 40 arith:square --chunk 50 --input <(seq 20000)
run empty arith:square --
run single arith:square 3

pages=(troubled uneven large many empty single)
measure "${pages[@]}"
for name in "${pages[@]}"; do look "$name"; done
printf 'all pages are in order\n'
