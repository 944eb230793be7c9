! SPDX-License-Identifier: Apache-2.0
!
! A plugin that uses each procedure of forkmap.f90 that plugins/lattice does not need.
include "forkmap/forkmap.f90"

module fortran_echo
  use, intrinsic :: iso_c_binding
  use forkmap
  implicit none

  character(len=:), allocatable :: kept

contains

  function echo(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    state = forkmap_return_text(item, 0, forkmap_argument_text(item, 0))
  end function

  function reverse(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    real(c_double), pointer :: values(:)
    values => forkmap_argument_array(item, 0)
    state = forkmap_return_array(item, 0, values(size(values):1:-1))
  end function

  function index_of(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    call forkmap_return_i64(item, 0, forkmap_item_index(item))
    state = 0
  end function

  function parameter_value(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    character(len=:), allocatable :: name
    name = forkmap_argument_text(item, 0)
    if (.not. forkmap_has_parameter(item, name)) then
      state = forkmap_fail(item, "no parameter " // name)
      return
    end if
    state = forkmap_return_text(item, 0, forkmap_parameter(item, name))
  end function

  function kept_value(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    state = forkmap_return_text(item, 0, kept)
  end function

  function preload(hook) bind(C, name="") result(state)
    type(forkmap_hook), intent(inout) :: hook
    integer(c_int) :: state
    if (.not. forkmap_has_parameter(hook, "keep")) then
      state = forkmap_fail(hook, "the parameter keep is missing")
      return
    end if
    kept = forkmap_parameter(hook, "keep")
    state = 0
  end function

  function descriptor() bind(C, name="forkmap_plugin_v1") result(plugin)
    type(c_ptr) :: plugin
    type(c_ptr), save :: made = c_null_ptr
    if (.not. c_associated(made)) then
      made = forkmap_new_plugin("fortran_echo", "1.0", [ &
        forkmap_new_function("echo", "(str) -> str", "Return the text.", echo), &
        forkmap_new_function("reverse", "(f64[]) -> f64[]", "Return the array backwards.", reverse), &
        forkmap_new_function("index_of", "(i64) -> i64", "Return the item's index.", index_of), &
        forkmap_new_function("parameter_value", "(str) -> str", "Return a parameter.", parameter_value), &
        forkmap_new_function("kept_value", "(i64) -> str", "Return what preload kept.", kept_value, &
                             once=.true.)], preload=preload)
    end if
    plugin = made
  end function

end module fortran_echo
