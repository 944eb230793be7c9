// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/python_pools.hpp"

#include <nlohmann/json.hpp>

#include "bench/run/child.hpp"

namespace forkmap::bench {

namespace {

struct PythonPool {
  const char* name;
  const char* key;
};
constexpr PythonPool kPools[] = {{"ProcessPoolExecutor", "executor"},
                                 {"multiprocessing.Pool", "multiprocessing"},
                                 {"loky", "loky"},
                                 {"mpi4py.futures", "mpi"}};

// The command up to the work; MPI needs one process more than it has workers.
std::vector<std::string> command_for(const Settings& settings, const std::string& pool,
                                     bool with_workers) {
  std::vector<std::string> command = {settings.python};
  if (pool == "mpi" && with_workers) {
    command = {"mpiexec", "--allow-run-as-root", "--oversubscribe", "-n", "3", settings.python,
               "-m",      "mpi4py.futures"};
  }
  command.insert(command.end(), {(settings.peer_scripts / "python_pool.py").string(), pool});
  return command;
}

nlohmann::json answer_to(std::vector<std::string> command, const std::vector<std::string>& work) {
  command.insert(command.end(), work.begin(), work.end());
  return nlohmann::json::parse(output_of(command));
}

}  // namespace

std::vector<Opponent> python_pools(Context& context, std::vector<std::string> work,
                                   std::function<double(double seconds)> figure) {
  std::vector<Opponent> opponents;
  if (!context.settings().peers) return opponents;
  const Settings& settings = context.settings();
  for (const auto& [name, key] : kPools) {
    opponents.push_back(
        {.name = name,
         .version = answer_to(command_for(settings, key, false), {"version"}).at("version"),
         .kind = Kind::python,
         .run = [command = command_for(settings, key, true), work, figure] {
           return figure(answer_to(command, work).at("seconds").get<double>());
         }});
  }
  return opponents;
}

}  // namespace forkmap::bench
