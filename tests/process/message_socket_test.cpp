// SPDX-License-Identifier: Apache-2.0
#include "core/process/message_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "core/process/outbox.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::process;

namespace {

struct Letter {
  std::uint64_t number = 0;
};

ReceiveResult receive(const base::UniqueFd& socket, Letter& letter) {
  ReceivedDescriptors descriptors;
  return receive_message(socket.get(), letter, descriptors);
}

}  // namespace

TEST_CASE("messages arrive whole and in order, with their descriptors") {
  const auto [one, other] = make_message_pair();
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const base::UniqueFd reader(ends[0]);
  base::UniqueFd writer(ends[1]);
  const std::array<int, 1> sent{writer.get()};
  REQUIRE(send_message(one.get(), Letter{1}, sent) == SendResult::sent);
  REQUIRE(send_message(one.get(), Letter{2}) == SendResult::sent);

  Letter letter;
  ReceivedDescriptors descriptors;
  REQUIRE(receive_message(other.get(), letter, descriptors) == ReceiveResult::received);
  CHECK(letter.number == 1);
  REQUIRE(descriptors.count == 1);
  CHECK((::fcntl(descriptors.fds[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(descriptors.fds[0].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(reader.get(), &byte, 1) == 1);

  REQUIRE(receive(other, letter) == ReceiveResult::received);
  CHECK(letter.number == 2);
  CHECK(receive(other, letter) == ReceiveResult::none);
}

TEST_CASE("both ends have high numbers and are closed on exec") {
  const auto [one, other] = make_message_pair();
  CHECK(one.get() >= 512);
  CHECK(other.get() >= 512);
  CHECK((::fcntl(one.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(other.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("what was sent before the end is received, even if the sender left mail unread") {
  auto [one, other] = make_message_pair();
  REQUIRE(send_message(one.get(), Letter{1}) == SendResult::sent);  // never read
  REQUIRE(send_message(other.get(), Letter{2}) == SendResult::sent);
  other.reset();
  Letter letter;
  REQUIRE(receive(one, letter) == ReceiveResult::received);
  CHECK(letter.number == 2);
  CHECK(receive(one, letter) == ReceiveResult::gone);
  CHECK(send_message(one.get(), Letter{3}) == SendResult::gone);
}

TEST_CASE("a full socket is told, and takes messages again when there is room") {
  const auto [one, other] = make_message_pair();
  std::uint64_t sent = 0;
  while (send_message(one.get(), Letter{sent}) == SendResult::sent) ++sent;
  CHECK(send_message(one.get(), Letter{sent}) == SendResult::full);
  for (std::uint64_t i = 0; i < sent; ++i) {
    Letter letter;
    REQUIRE(receive(other, letter) == ReceiveResult::received);
    REQUIRE(letter.number == i);
  }
  CHECK(send_message(one.get(), Letter{sent}) == SendResult::sent);
}

TEST_CASE("a message of another size is the end of the talk") {
  for (const std::size_t size : {std::size_t{1}, sizeof(Letter) + 1}) {
    const auto [one, other] = make_message_pair();
    const std::array<char, sizeof(Letter) + 1> bytes{};
    REQUIRE(::send(one.get(), bytes.data(), size, 0) == static_cast<ssize_t>(size));
    Letter letter;
    CHECK(receive(other, letter) == ReceiveResult::gone);
  }
}

TEST_CASE("events wait for room in order, and only the last word about being stopped is kept") {
  const auto [zygote, host] = make_message_pair();
  Outbox outbox;
  const auto push = [&](EventKind kind, std::uint32_t slot) {
    Event event;
    event.kind = kind;
    event.worker.slot = slot;
    outbox.push(event);
  };
  for (int i = 0; i < 1000; ++i) {
    push(EventKind::stopped, 1);
    push(EventKind::stopped, 2);
    push(EventKind::continued, 1);
  }
  push(EventKind::exited, 1);
  REQUIRE(outbox.send_all(zygote.get()) == SendResult::sent);
  CHECK(outbox.empty());

  const auto expect = [&](EventKind kind, std::uint32_t slot) {
    Event event;
    ReceivedDescriptors descriptors;
    REQUIRE(receive_message(host.get(), event, descriptors) == ReceiveResult::received);
    CHECK(event.kind == kind);
    CHECK(event.worker.slot == slot);
  };
  expect(EventKind::continued, 1);
  expect(EventKind::stopped, 2);
  expect(EventKind::exited, 1);

  std::uint32_t pushed = 0;
  do {
    push(EventKind::exited, pushed++);
  } while (outbox.send_all(zygote.get()) == SendResult::sent);
  for (std::uint32_t slot = 0; slot < pushed; ++slot) {
    CHECK(outbox.send_all(zygote.get()) != SendResult::gone);
    expect(EventKind::exited, slot);
  }
  CHECK(outbox.empty());
}
