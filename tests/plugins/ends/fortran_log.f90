! SPDX-License-Identifier: Apache-2.0
!
! A plugin that writes to units: one that stays open, and standard output.
include "forkmap/forkmap.f90"

module fortran_log
  use, intrinsic :: iso_c_binding
  use forkmap
  implicit none

  logical :: is_open = .false.
  integer :: unit

contains

  function note(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    character(len=4096) :: path
    character(len=16) :: process  ! a file each: a unit does not append where another process has
    if (.not. is_open) then
      call get_environment_variable("FORKMAP_TEST_LOG", path)
      write (process, '(i0)') getpid()
      open (newunit=unit, file=trim(path) // "." // trim(process), position="append", action="write")
      is_open = .true.
    end if
    write (unit, '(i0)') forkmap_argument_i64(item, 0)
    call forkmap_return_i64(item, 0, forkmap_argument_i64(item, 0))
    state = 0
  end function

  function print_it(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    write (*, *) "printed", forkmap_argument_i64(item, 0), forkmap_in_worker()
    call forkmap_return_i64(item, 0, forkmap_argument_i64(item, 0))
    state = 0
  end function

  function descriptor() bind(C, name="forkmap_plugin_v1") result(plugin)
    type(c_ptr) :: plugin
    type(c_ptr), save :: made = c_null_ptr
    if (.not. c_associated(made)) then
      made = forkmap_new_plugin("fortran_log", "1.0", [ &
        forkmap_new_function("note", "(i64) -> i64", "Write to a unit.", note), &
        forkmap_new_function("print", "(i64) -> i64", "Print.", print_it)])
    end if
    plugin = made
  end function

end module fortran_log
