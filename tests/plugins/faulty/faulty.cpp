// SPDX-License-Identifier: Apache-2.0
//
// faulty: deliberately bad functions, for tests of what a pool survives.
#include "tests/plugins/faulty/faulty.hpp"

#include <forkmap/plugin.hpp>

using namespace faulty;
using forkmap::function;

FORKMAP_PLUGIN(
    "faulty", "1.0",
    function<crash_on_three>("crash_on_three", "Read through a null pointer on 3."),
    function<abort_on_three>("abort_on_three", "Call abort() on 3."),
    function<exit_on_three>("exit_on_three", "Call exit(7) on 3."),
    function<quick_exit_on_three>("quick_exit_on_three", "Call quick_exit(7) on 3."),
    function<exit_zero_on_three>("exit_zero_on_three", "Call _exit(0) on 3."),
    function<pthread_exit_on_three>("pthread_exit_on_three", "Call pthread_exit() on 3."),
    function<kill_self_on_three>("kill_self_on_three", "Send SIGKILL to the worker on 3."),
    function<stop_self_on_three>("stop_self_on_three", "Send SIGSTOP to the worker on 3."),
    function<stack_overflow_on_three>("stack_overflow_on_three", "Recurse without end on 3."),
    function<hang_on_three>("hang_on_three", "Spin for ever on 3."),
    function<throw_in_thread_on_three>("throw_in_thread_on_three", "Throw in a thread on 3."),
    function<throw_on_three>("throw_on_three", "Throw a runtime_error on 3."),
    function<throw_int_on_three>("throw_int_on_three", "Throw 42 on 3."),
    function<throw_long_text>("throw_long_text", "Throw a text of so many bytes."),
    function<echo>("echo", "Return the text."),
    function<echo_bytes>("echo_bytes", "Return the bytes."),
    function<echo_array>("echo_array", "Return the array."),
    function<grow>("grow", "Return a text of so many bytes."),
    function<spin_us>("spin_us", "Be busy for so many microseconds."),
    function<sleep_ms>("sleep_ms", "Sleep for so many milliseconds."),
    function<pid>("pid", "Return the worker's pid."),
    function<index_and_seed>("index_and_seed", "Return the item's index and seed."),
    function<nothing>("nothing", "Return nothing."),
    function<stale_variable>("stale_variable", "Return a variable of the plugin."),
    function<set_variable>("set_variable", "Set that variable in this process."),
    function<parameter_value>("parameter_value", "Return a parameter of the pool."),
    function<blocked_signals>("blocked_signals", "Count the signals that are blocked."),
    function<changed_signals>("changed_signals", "Count the signals that are ignored."),
    function<open_descriptors>("open_descriptors", "Count the open descriptors."),
    function<append_line>("append_line", "Append a line to the log."),
    function<count_calls>("count_calls", "Append argument and pid to the log."),
    function<count_calls>("count_calls_once", "The same, never run again.", forkmap::once),
    function<count_calls_crash_on_three>("count_calls_crash_on_three", "Log, then crash on 3."),
    function<count_calls_crash_on_three>("count_calls_crash_on_three_once",
                                         "The same, never run again.", forkmap::once),
    function<crash_first_time>("crash_first_time", "Crash for each argument's first call."),
    function<print_junk>("print_junk", "Print so many bytes, and let a child print, too."),
    function<close_descriptors>("close_descriptors", "Close the descriptors 3 to 4096."),
    function<fork_and_return>("fork_and_return", "Fork a child that returns as well."),
    function<spawn_sleeper>("spawn_sleeper", "Start `sleep 1000` in its own session."),
    function<spawn_daemon>("spawn_daemon", "Start `sleep 1000` as an orphan."),
    function<block_signals>("block_signals", "Block all signals and sleep for so many ms."),
    function<shell_wait>("shell_wait", "Return the status of a shell that waits for a child."))
