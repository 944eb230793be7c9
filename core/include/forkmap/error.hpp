// SPDX-License-Identifier: Apache-2.0
//
// The exceptions: mistakes of the caller and errors of the system. What became of one item is not
// an exception but a value: ItemError (<forkmap/outcome.hpp>), thrown only as ItemFailed by whoever
// asks for plain values.
#pragma once

#include <forkmap/requirements.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace forkmap {

// Base of all: what was asked, what came back, what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A system call failed.
class SystemError : public Error {
 public:
  SystemError(const std::string& what, int number) : Error(what), number_(number) {}
  [[nodiscard]] int number() const noexcept { return number_; }  // errno

 private:
  int number_;
};

// A plugin was refused. Nothing of it stays in this process.
class LoadError : public Error {
 public:
  LoadError(std::string file, std::string step, std::string reason)
      : Error("cannot load plugin " + file + ": " + step + ": " + reason),
        file_(std::move(file)),
        step_(std::move(step)),
        reason_(std::move(reason)) {}
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& step() const noexcept { return step_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  std::string file_;
  std::string step_;
  std::string reason_;
};

// No function of that name; near() lists full names that look like it.
class UnknownFunction : public Error {
 public:
  UnknownFunction(const std::string& what, std::vector<std::string> near)
      : Error(what), near_(std::move(near)) {}
  [[nodiscard]] const std::vector<std::string>& near() const noexcept { return near_; }

 private:
  std::vector<std::string> near_;
};

// A short name that several plugins offer; candidates() are their full names.
class AmbiguousFunction : public Error {
 public:
  AmbiguousFunction(const std::string& what, std::vector<std::string> candidates)
      : Error(what), candidates_(std::move(candidates)) {}
  [[nodiscard]] const std::vector<std::string>& candidates() const noexcept { return candidates_; }

 private:
  std::vector<std::string> candidates_;
};

class SignatureMismatch : public Error {  // the handle's C++ types are not the function's types
 public:
  using Error::Error;
};
class NotPrepared : public Error {  // serial call of a plugin with hooks before prepare_serial()
 public:
  using Error::Error;
};
class NotSupported : public Error {  // an option of a later version
 public:
  using Error::Error;
};
class InvalidOption : public Error {  // an option value, or a call, that can never work
 public:
  using Error::Error;
};
class FunctionError : public Error {  // thrown by a serial call whose function failed
 public:
  using Error::Error;
};
class PoolBroken : public Error {  // the pool cannot go on; the text says why
 public:
  using Error::Error;
};
class PoolClosed : public Error {  // a result or future used after its pool is gone
 public:
  using Error::Error;
};
class WrongThread : public Error {  // a pool used by another thread or process than its maker's
 public:
  using Error::Error;
};

}  // namespace forkmap
