! SPDX-License-Identifier: Apache-2.0
!
! forkmap/forkmap_abi.f90: the structs and function types of plugin.h in Fortran. Plugins include
! "forkmap/forkmap.f90", which includes this.
module forkmap_abi
  use, intrinsic :: iso_c_binding
  implicit none

  integer(c_int32_t), parameter :: abi_version = 1

  ! The structs of plugin.h, field by field.
  type, bind(C) :: forkmap_call
    type(c_ptr) :: table
    type(c_ptr) :: chunk
    integer(c_int64_t) :: item
    integer(c_int32_t) :: state
    integer(c_int32_t) :: columns_set
  end type

  type, bind(C) :: forkmap_hook
    type(c_ptr) :: table
    integer(c_int32_t) :: size_bytes
    integer(c_int32_t) :: failed
    type(c_ptr) :: host
  end type

  type, bind(C) :: forkmap_table
    integer(c_int32_t) :: size_bytes
    integer(c_int32_t) :: abi_version
    type(c_funptr) :: reserve, fail, parameter, fail_hook
    type(c_funptr) :: argument_i64, argument_f64, argument_bytes
    type(c_funptr) :: return_i64, return_f64, return_bytes
    type(c_funptr) :: fail_call, item_index, item_seed
  end type

  ! The head of forkmap_chunk, and its last fields.
  type, bind(C) :: forkmap_chunk
    type(c_ptr) :: table
    integer(c_int32_t) :: size_bytes, argument_count, result_count, turn
    integer(c_int64_t) :: first, count
    type(c_ptr) :: arguments, results, status, progress, bytes
    integer(c_int64_t) :: bytes_used, bytes_capacity, needed_bytes
    integer(c_int64_t) :: first_index, index_stride, seed
    type(c_ptr) :: function
    type(c_ptr) :: host
  end type

  type, bind(C) :: forkmap_function
    integer(c_int32_t) :: size_bytes
    integer(c_int32_t) :: flags
    type(c_ptr) :: name, signature, doc
    type(c_funptr) :: run, run_vector, call
    type(c_ptr) :: context
  end type

  type, bind(C) :: forkmap_plugin
    integer(c_int32_t) :: size_bytes
    integer(c_int32_t) :: abi_version
    type(c_ptr) :: name, version, functions
    integer(c_int64_t) :: function_count
    type(c_funptr) :: preload, start, stop
    integer(c_int64_t) :: flags
    type(c_ptr) :: in_worker
  end type

  abstract interface
    ! A map function, and a hook: 0, or another value after forkmap_fail().
    function map_function(item) bind(C) result(state)
      import :: c_int, forkmap_call
      type(forkmap_call), intent(inout) :: item
      integer(c_int) :: state
    end function
    function hook_function(hook) bind(C) result(state)
      import :: c_int, forkmap_hook
      type(forkmap_hook), intent(inout) :: hook
      integer(c_int) :: state
    end function

    ! The entries of the table.
    function argument_i64_entry(item, column) bind(C) result(value)
      import :: c_int32_t, c_int64_t, forkmap_call
      type(forkmap_call), intent(in) :: item
      integer(c_int32_t), value :: column
      integer(c_int64_t) :: value
    end function
    function argument_f64_entry(item, column) bind(C) result(value)
      import :: c_int32_t, c_double, forkmap_call
      type(forkmap_call), intent(in) :: item
      integer(c_int32_t), value :: column
      real(c_double) :: value
    end function
    function argument_bytes_entry(item, column, size_bytes) bind(C) result(data)
      import :: c_int32_t, c_int64_t, c_ptr, forkmap_call
      type(forkmap_call), intent(in) :: item
      integer(c_int32_t), value :: column
      integer(c_int64_t), intent(out) :: size_bytes
      type(c_ptr) :: data
    end function
    subroutine return_i64_entry(item, column, value) bind(C)
      import :: c_int32_t, c_int64_t, forkmap_call
      type(forkmap_call), intent(inout) :: item
      integer(c_int32_t), value :: column
      integer(c_int64_t), value :: value
    end subroutine
    subroutine return_f64_entry(item, column, value) bind(C)
      import :: c_int32_t, c_double, forkmap_call
      type(forkmap_call), intent(inout) :: item
      integer(c_int32_t), value :: column
      real(c_double), value :: value
    end subroutine
    function return_bytes_entry(item, column, data, size_bytes) bind(C) result(state)
      import :: c_int, c_int32_t, c_int64_t, c_ptr, forkmap_call
      type(forkmap_call), intent(inout) :: item
      integer(c_int32_t), value :: column
      type(c_ptr), value :: data
      integer(c_int64_t), value :: size_bytes
      integer(c_int) :: state
    end function
    function fail_call_entry(item, text, text_bytes) bind(C) result(state)
      import :: c_int, c_int64_t, c_ptr, forkmap_call
      type(forkmap_call), intent(inout) :: item
      type(c_ptr), value :: text
      integer(c_int64_t), value :: text_bytes
      integer(c_int) :: state
    end function
    subroutine fail_hook_entry(hook, text, text_bytes) bind(C)
      import :: c_int64_t, c_ptr, forkmap_hook
      type(forkmap_hook), intent(inout) :: hook
      type(c_ptr), value :: text
      integer(c_int64_t), value :: text_bytes
    end subroutine
    function item_number_entry(item) bind(C) result(value)
      import :: c_int64_t, forkmap_call
      type(forkmap_call), intent(in) :: item
      integer(c_int64_t) :: value
    end function
    function parameter_entry(host, name, name_bytes, value_bytes) bind(C) result(value)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: host, name
      integer(c_int64_t), value :: name_bytes
      integer(c_int64_t), intent(out) :: value_bytes
      type(c_ptr) :: value
    end function
  end interface

end module forkmap_abi
