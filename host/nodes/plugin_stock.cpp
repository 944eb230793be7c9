// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/plugin_stock.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/file_name.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/file_content.hpp"

namespace forkmap::host {

PluginStock::PluginStock(std::vector<NamedPlugin> plugins) {
  for (NamedPlugin& plugin : plugins) items_.push_back({std::move(plugin)});
}

bool PluginStock::is_same(const node::HeldPlugin& held, Item& item) const {
  if (item.content.empty()) item.content = content_of(item.plugin.image);
  return held.content == item.content;
}

PluginStock::Answer PluginStock::answer(const node::HeldPlugins& held) {
  std::vector<const NamedPlugin*> wanted;
  std::vector<std::string> words;
  for (const node::HeldPlugin& one : held.plugins) {
    const auto item = std::ranges::find(
        items_, one.word, [](const Item& it) -> const std::string& { return it.plugin.word; });
    // A word that names no plugin here names none there.
    if (item == items_.end() || is_same(one, *item)) continue;
    if (item->plugin.in_place) {
      throw UsageError(
          "plugin " + item->plugin.path +
          (one.content.empty() ? " is missing there" : " is another there") +
          ", and cannot be sent: it was loaded in place, and what lies beside it would "
          "be missing. Copy them");
    }
    wanted.push_back(&item->plugin);
    words.push_back(one.word);
  }
  const auto known = std::ranges::find(answers_, words, &Answer::words);
  if (known != answers_.end()) return *known;
  return answers_.emplace_back(Answer{frames_of(wanted), std::move(words)});
}

PluginStock::Frames PluginStock::frames_of(const std::vector<const NamedPlugin*>& plugins) const {
  node::SentPlugins sent;
  std::uint64_t size_bytes = 0;
  for (const NamedPlugin* plugin : plugins) {
    sent.plugins.push_back(
        {plugin->word, std::string(base::file_name(plugin->path)), bytes_of(plugin->image)});
    size_bytes += sent.plugins.back().image.size();
  }
  const node::Message message = node::to_message(sent);
  if (message.payload.size() > node::kMostMessageBytes) {
    throw UsageError("the plugins that are missing there have " + std::to_string(size_bytes) +
                     " bytes, and at most " + std::to_string(node::kMostMessageBytes) +
                     " can be sent. Copy them");
  }
  auto frames = std::make_shared<std::vector<std::byte>>();
  node::append_frames(message, *frames);
  return frames;
}

}  // namespace forkmap::host
