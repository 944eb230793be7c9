// SPDX-License-Identifier: Apache-2.0
// Nodes come in, or do not. The test is their courier.

#include "host/nodes/muster.hpp"

#include <optional>
#include <thread>

#include "host/cli/usage_error.hpp"
#include "host/io/file_content.hpp"
#include "host/nodes/first_message.hpp"
#include "tests/catch.hpp"
#include "tests/host/nodes/made_up_courier.hpp"
#include "tests/kit/temporary.hpp"

using namespace forkmap;
using namespace forkmap::host;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

// What would have started the nodes: a program that does nothing, or ends at once.
struct Musterer {
  explicit Musterer(Names command = {"sleep", "1000"})
      : program(std::move(command), {}, StartedProgram::AfterUs::is_ended) {}
  [[nodiscard]] std::vector<MusteredNode> run(const Names& names,
                                              std::chrono::milliseconds patience = 100s,
                                              PluginStock* stock = nullptr) {
    return Muster(door, program, names, stock).run(Muster::Clock::now() + patience);
  }
  CourierDoor door;
  StartedProgram program;
};

node::Message hello_of(const std::string& host) {
  return node::to_message(node::Hello{.host = host, .workers = 2});
}

}  // namespace

TEST_CASE("each node says hello, or why it cannot serve") {
  Musterer musterer;
  const base::UniqueFd three = come_in(musterer.door, 3, 4);
  const base::UniqueFd one = come_in(musterer.door, 1, 4);
  const base::UniqueFd two = come_in(musterer.door, 2, 4);
  say(two, node::to_message(node::Bye{.why = "cannot load plugin x"}));
  say(one, hello_of("host-of-one"));
  say(three, hello_of("host-of-three"));
  const auto nodes = musterer.run({"a", "b", "c"});
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].name == "a");
  REQUIRE(nodes[0].hello);
  CHECK(nodes[0].hello->host == "host-of-one");
  CHECK(nodes[1].failure == "cannot load plugin x");
  CHECK_FALSE(nodes[1].hello);
  REQUIRE(nodes[2].hello);
  CHECK(nodes[2].hello->host == "host-of-three");
}

TEST_CASE("ranks name themselves, and no name stands for two") {
  Musterer musterer;
  std::vector<base::UniqueFd> far;
  for (std::uint32_t rank = 1; rank <= 3; ++rank) {
    far.push_back(come_in(musterer.door, rank, 4));
    say(far.back(), hello_of(rank == 3 ? "m" : "n"));
  }
  const auto nodes = musterer.run({});
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].name == "n");
  CHECK(nodes[1].name == "n#2");
  CHECK(nodes[2].name == "m");
}

TEST_CASE("a node that is closed, or speaks otherwise, has a failure") {
  Musterer musterer;
  base::UniqueFd closed = come_in(musterer.door, 1, 4);
  const base::UniqueFd odd = come_in(musterer.door, 2, 4);
  const base::UniqueFd early = come_in(musterer.door, 3, 4);
  closed.reset();
  say(odd, std::string(100, 'x'));
  say(early, node::to_message(node::Beat{}));
  const auto nodes = musterer.run({"a", "b", "c"});
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].failure == "its connection was closed");
  CHECK(nodes[1].failure != "");
  CHECK(nodes[2].failure == "it has sent something else than a hello");
}

TEST_CASE("a node that says nothing has not come up in time") {
  Musterer musterer;
  const base::UniqueFd silent = come_in(musterer.door, 1, 2);
  const auto nodes = musterer.run({"a"}, 50ms);
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].failure == "it did not come up in time");
}

TEST_CASE("without a courier nothing was run") {
  Musterer musterer;
  CHECK_THROWS_AS(musterer.run({"a"}, 20ms), UsageError);
}

TEST_CASE("a program that ends too early is told with what it has said") {
  Musterer musterer({"sh", "-c", "echo no such machine >&2; exit 7"});
  try {
    (void)musterer.run({"a"});
    FAIL("nothing was thrown");
  } catch (const UsageError& error) {
    const std::string text = error.what();
    CAPTURE(text);
    CHECK(text.find("ended with status 7") != std::string::npos);
    CHECK(text.find("no such machine") != std::string::npos);
  }
}

TEST_CASE("a courier of another run's size is refused") {
  Musterer musterer;
  const base::UniqueFd far = come_in(musterer.door, 1, 3);
  CHECK_THROWS_AS(musterer.run({"a"}), UsageError);
}

TEST_CASE("a node that asks for plugins gets those that differ, and then says hello") {
  const tests::TemporaryFolder folder;
  // More than a socket takes at once.
  const std::string image(8'000'000, 'x');
  const std::string path = folder.file("big.so", image);
  PluginStock stock({{"big", path, path}, {"small", path, path}});
  Musterer musterer;
  const base::UniqueFd far = come_in(musterer.door, 1, 2);
  const std::string same = content_of(path);
  say(far, node::to_message(
               node::HeldPlugins{.plugins = {{"big", "other"}, {"small", same}, {"unknown", ""}}}));
  node::SentPlugins sent;
  std::thread agent([&] {
    FirstMessage first;
    std::optional<node::Message> answer;
    while (!answer && first.fault().empty()) {
      answer = first.read(far.get());
      std::this_thread::yield();
    }
    if (answer) (void)node::from_message(*answer, sent);
    say(far, hello_of("h"));
  });
  const auto nodes = musterer.run({"a"}, 100s, &stock);
  agent.join();
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].failure == "");
  CHECK(nodes[0].hello);
  CHECK(nodes[0].sent == Names{"big"});
  REQUIRE(sent.plugins.size() == 1);
  CHECK(sent.plugins[0].word == "big");
  CHECK(sent.plugins[0].file_name == "big.so");
  CHECK(sent.plugins[0].image == image);
}

TEST_CASE("a node that asks where nothing is sent, or for what cannot be sent, has a failure") {
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("p.so", "x");
  PluginStock stock({{"placed", path, path, true}, {"gone", "/nowhere/x", "/nowhere/x"}});
  const auto failure_of = [](const node::HeldPlugins& held, PluginStock* from) {
    Musterer musterer;
    const base::UniqueFd far = come_in(musterer.door, 1, 2);
    say(far, node::to_message(held));
    return musterer.run({"a"}, 100s, from).at(0).failure;
  };
  CHECK(failure_of({}, nullptr) == "it asks for plugins, and --ship-plugins was not said here");
  CHECK(failure_of({{{"placed", ""}}}, &stock).find("is missing there, and cannot be sent") !=
        std::string::npos);
  CHECK(failure_of({{{"placed", "other"}}}, &stock).find("is another there") != std::string::npos);
  CHECK(failure_of({{{"gone", ""}}}, &stock).find("/nowhere/x") != std::string::npos);
}
