// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/house_picture.hpp"

#include <algorithm>
#include <string_view>

#include "tests/structure/floor_plan.hpp"
#include "tests/structure/house_table.hpp"

namespace forkmap::structure {

namespace {

constexpr int kMargin = 16;
constexpr int kTitleHeight = 34;  // above the boxes of a house
constexpr int kSpace = 44;        // between the houses and the public headers
constexpr int kEngineWidth = 60;  // for the arrow from host to core

// Colours that can be read on a white and on a black page.
constexpr std::string_view kHead = R"(
<style>
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #768390; }
  .name { fill: #ffffff; text-anchor: middle; }
  .host { fill: #1a7f37; }
  .core { fill: #0969da; }
  .face { fill: #8250df; }
  .plugins { fill: #bc4c00; }
  .house { fill: none; stroke: #768390; stroke-opacity: 0.5; }
  .arrow { fill: none; stroke: #768390; stroke-width: 1.3; marker-end: url(#head); }
</style>
<defs>
  <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
    <path d="M0 0 L8 4 L0 8 z" fill="#768390"/>
  </marker>
</defs>
)";

std::string attribute(std::string_view name, int value) {
  return " " + std::string(name) + "=\"" + std::to_string(value) + "\"";
}

std::string rectangle(std::string_view kind, Point corner, int width, int height) {
  return "<rect class=\"" + std::string(kind) + "\"" + attribute("x", corner.x) +
         attribute("y", corner.y) + attribute("width", width) + attribute("height", height) +
         " rx=\"5\"/>\n";
}

std::string text(std::string_view kind, Point place, std::string_view words) {
  return "<text class=\"" + std::string(kind) + "\"" + attribute("x", place.x) +
         attribute("y", place.y) + ">" + std::string(words) + "</text>\n";
}

std::string point(Point place) { return std::to_string(place.x) + " " + std::to_string(place.y); }

std::string box(std::string_view kind, Point corner, int width, std::string_view name) {
  return rectangle(kind, corner, width, kBoxHeight) +
         text("name", {corner.x + width / 2, corner.y + 20}, name);
}

// Curves that leave and meet every point straight down.
std::string arrow(const Way& way, Point shift) {
  std::string path;
  Point last;
  for (Point next : way) {
    next = {next.x + shift.x, next.y + shift.y};
    if (path.empty()) {
      path = "M" + point(next);
    } else {
      const int middle = (last.y + next.y) / 2;
      path += " C" + point({last.x, middle}) + ", " + point({next.x, middle}) + ", " + point(next);
    }
    last = next;
  }
  return "<path class=\"arrow\" d=\"" + path + "\"/>\n";
}

std::string straight_arrow(int x, int from, int to) { return arrow({{x, from}, {x, to}}, {}); }

int height_of(const FloorPlan& plan) { return plan.height + kTitleHeight + kMargin; }

// The folders of one house below its title. `corner` is the upper left one of its frame.
std::string house(std::string_view kind, std::string_view title, const FloorPlan& plan,
                  Point corner, int width) {
  const Point shift = {corner.x + (width - plan.width) / 2, corner.y + kTitleHeight};
  std::string svg = rectangle("house", corner, width, height_of(plan));
  svg += text("title", {corner.x + kMargin, corner.y + 22}, title);
  for (const Way& way : plan.arrows) svg += arrow(way, shift);
  for (const Box& folder : plan.boxes) {
    svg +=
        box(kind, {folder.corner.x + shift.x, folder.corner.y + shift.y}, kBoxWidth, folder.name);
  }
  return svg;
}

}  // namespace

std::string house_picture() {
  const FloorPlan host = floor_plan(rooms());
  const FloorPlan core = floor_plan(layers());
  const int host_width = host.width + 2 * kMargin;
  const int width = std::max(host_width + kMargin + kBoxWidth, core.width + 2 * kMargin);
  const int plugins_x = kMargin + width - kBoxWidth;

  Point corner = {kMargin, kMargin};
  std::string svg = house("host", "host/ (main.cpp names all rooms)", host, corner, host_width);
  corner.y += height_of(host);
  svg += box("plugins", {plugins_x, corner.y - kBoxHeight}, kBoxWidth, "plugins");

  // The band of public headers leaves room on its left for the arrow from host to core.
  const int core_top = corner.y + kBoxHeight + 2 * kSpace;
  const int engine_x = kMargin + kEngineWidth / 2;
  svg += straight_arrow(engine_x, corner.y, core_top);
  svg += text("note", {engine_x + 8, core_top - 14}, "the engine, and what it speaks in");
  const Point band = {kMargin + kEngineWidth, corner.y + kSpace};
  svg += box("face", band, width - kEngineWidth, "core/include/forkmap, the public headers");
  const int headers_x = kMargin + host_width - kEngineWidth;
  svg += straight_arrow(headers_x, corner.y, band.y);
  svg += straight_arrow(plugins_x + kBoxWidth / 2, corner.y, band.y);
  svg += straight_arrow(headers_x, core_top, band.y + kBoxHeight);
  svg += house("core", "core/", core, {kMargin, core_top}, width);

  const Point size = {width + 2 * kMargin, core_top + height_of(core) + kMargin};
  return "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
         "<!-- Printed by house_picture, from tests/structure/house_table.cpp. -->\n"
         "<svg xmlns=\"http://www.w3.org/2000/svg\"" +
         attribute("width", size.x) + attribute("height", size.y) + " viewBox=\"0 0 " +
         point(size) +
         "\" role=\"img\">\n<title>The folders of forkmap, "
         "and which may include which</title>" +
         std::string(kHead) + svg + "</svg>\n";
}

}  // namespace forkmap::structure
