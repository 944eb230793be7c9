! SPDX-License-Identifier: Apache-2.0
! [plugin]
include "forkmap/forkmap.f90"

module orbit
  use, intrinsic :: iso_c_binding
  use forkmap
  implicit none
contains

  ! Kepler's third law: semi-major axis in astronomical units -> period in years
  function period(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    real(c_double) :: axis
    axis = forkmap_argument_f64(item, 0)
    if (.not. axis > 0) then
      state = forkmap_fail(item, "the axis must be positive")
      return
    end if
    call forkmap_return_f64(item, 0, axis * sqrt(axis))
    state = 0
  end function

  function descriptor() bind(C, name="forkmap_plugin_v1") result(plugin)
    type(c_ptr) :: plugin
    type(c_ptr), save :: made = c_null_ptr
    if (.not. c_associated(made)) then
      made = forkmap_new_plugin("orbit", "1.0", [ &
        forkmap_new_function("period", "(f64) -> f64", "Return the period of an orbit.", period)])
    end if
    plugin = made
  end function

end module orbit
! [plugin end]
