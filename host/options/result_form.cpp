// SPDX-License-Identifier: Apache-2.0
#include "host/options/result_form.hpp"

#include "host/cli/option_values.hpp"

namespace forkmap::host {

std::string_view name_of(Reduction reduction) noexcept {
  switch (reduction) {
    case Reduction::sum:
      return "sum";
    case Reduction::min:
      return "min";
    case Reduction::max:
      return "max";
    case Reduction::count:
      return "count";
    case Reduction::mean:
      return "mean";
    case Reduction::none:
      break;
  }
  return "none";
}

Reduction reduction_named(std::string_view option, std::string_view name) {
  return choice<Reduction>(option, name,
                           {{"sum", Reduction::sum},
                            {"min", Reduction::min},
                            {"max", Reduction::max},
                            {"count", Reduction::count},
                            {"mean", Reduction::mean}});
}

}  // namespace forkmap::host
