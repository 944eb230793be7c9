! SPDX-License-Identifier: Apache-2.0
!
! forkmap/forkmap.f90: write a plugin in Fortran 2008. Put  include "forkmap/forkmap.f90"  at the top of
! the source; see plugins/lattice. This is plugin.h, the functions that are called once an item.
!
! A map function is
!   function f(item) bind(C, name="") result(state)
!     type(forkmap_call), intent(inout) :: item
!     integer(c_int) :: state
! and `state` is 0 or what forkmap_fail, forkmap_return_text or forkmap_return_array returned. A hook is
! the same with type(forkmap_hook). The empty name keeps it out of the names of C, where libraries have
! an "index" and a "read", too. Columns are numbered from 0, as in C. Integers of every width and bool
! are read and returned as i64, f32 and f64 as f64.
include "forkmap/forkmap_abi.f90"

module forkmap
  use, intrinsic :: iso_c_binding
  use forkmap_abi
  implicit none
  private

  public :: forkmap_call, forkmap_hook, forkmap_function, map_function, hook_function
  public :: forkmap_argument_i64, forkmap_argument_f64, forkmap_argument_text, forkmap_argument_array
  public :: forkmap_return_i64, forkmap_return_f64, forkmap_return_text, forkmap_return_array
  public :: forkmap_fail, forkmap_item_index, forkmap_item_seed
  public :: forkmap_parameter, forkmap_has_parameter
  public :: forkmap_new_function, forkmap_new_plugin, forkmap_in_worker

  integer(c_int), target, volatile, save :: worker_mark = 0

  ! In a function or in a hook.
  interface forkmap_fail
    module procedure fail_call, fail_hook
  end interface
  interface forkmap_parameter          ! the text of a parameter of the pool; "" if it was not given
    module procedure call_parameter, hook_parameter
  end interface
  interface forkmap_has_parameter
    module procedure call_has_parameter, hook_has_parameter
  end interface

contains

  function table_at(address) result(table)
    type(c_ptr), intent(in) :: address
    type(forkmap_table), pointer :: table
    call c_f_pointer(address, table)
  end function

  function forkmap_argument_i64(item, column) result(value)
    type(forkmap_call), intent(in) :: item
    integer, intent(in) :: column
    integer(c_int64_t) :: value
    type(forkmap_table), pointer :: table
    procedure(argument_i64_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%argument_i64, entry)
    value = entry(item, int(column, c_int32_t))
  end function

  function forkmap_argument_f64(item, column) result(value)
    type(forkmap_call), intent(in) :: item
    integer, intent(in) :: column
    real(c_double) :: value
    type(forkmap_table), pointer :: table
    procedure(argument_f64_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%argument_f64, entry)
    value = entry(item, int(column, c_int32_t))
  end function

  function argument_bytes(item, column, size_bytes) result(data)
    type(forkmap_call), intent(in) :: item
    integer, intent(in) :: column
    integer(c_int64_t), intent(out) :: size_bytes
    type(c_ptr) :: data
    type(forkmap_table), pointer :: table
    procedure(argument_bytes_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%argument_bytes, entry)
    data = entry(item, int(column, c_int32_t), size_bytes)
  end function

  ! str and bytes: a copy.
  function forkmap_argument_text(item, column) result(text)
    type(forkmap_call), intent(in) :: item
    integer, intent(in) :: column
    character(len=:), allocatable :: text
    integer(c_int64_t) :: size_bytes
    type(c_ptr) :: data
    data = argument_bytes(item, column, size_bytes)
    text = text_at(data, size_bytes)
  end function

  ! f64[]: a view, valid while the item runs; not to be written to.
  function forkmap_argument_array(item, column) result(values)
    type(forkmap_call), intent(in) :: item
    integer, intent(in) :: column
    real(c_double), pointer :: values(:)
    integer(c_int64_t) :: size_bytes
    type(c_ptr) :: data
    data = argument_bytes(item, column, size_bytes)
    call c_f_pointer(data, values, [size_bytes / 8])
  end function

  subroutine forkmap_return_i64(item, column, value)
    type(forkmap_call), intent(inout) :: item
    integer, intent(in) :: column
    integer(c_int64_t), intent(in) :: value
    type(forkmap_table), pointer :: table
    procedure(return_i64_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%return_i64, entry)
    call entry(item, int(column, c_int32_t), value)
  end subroutine

  subroutine forkmap_return_f64(item, column, value)
    type(forkmap_call), intent(inout) :: item
    integer, intent(in) :: column
    real(c_double), intent(in) :: value
    type(forkmap_table), pointer :: table
    procedure(return_f64_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%return_f64, entry)
    call entry(item, int(column, c_int32_t), value)
  end subroutine

  function return_bytes(item, column, data, size_bytes) result(state)
    type(forkmap_call), intent(inout) :: item
    integer, intent(in) :: column
    type(c_ptr), intent(in) :: data
    integer(c_int64_t), intent(in) :: size_bytes
    integer(c_int) :: state
    type(forkmap_table), pointer :: table
    procedure(return_bytes_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%return_bytes, entry)
    state = entry(item, int(column, c_int32_t), data, size_bytes)
  end function

  ! str and bytes. Where the result is not 0 the function returns it at once.
  function forkmap_return_text(item, column, text) result(state)
    type(forkmap_call), intent(inout) :: item
    integer, intent(in) :: column
    character(len=*), intent(in), target :: text
    integer(c_int) :: state
    state = return_bytes(item, column, c_loc(text), int(len(text), c_int64_t))
  end function

  ! f64[]. Where the result is not 0 the function returns it at once.
  function forkmap_return_array(item, column, values) result(state)
    type(forkmap_call), intent(inout) :: item
    integer, intent(in) :: column
    real(c_double), intent(in), contiguous, target :: values(:)
    integer(c_int) :: state
    state = return_bytes(item, column, c_loc(values), 8 * size(values, kind=c_int64_t))
  end function

  function fail_call(item, text) result(state)
    type(forkmap_call), intent(inout) :: item
    character(len=*), intent(in), target :: text
    integer(c_int) :: state
    type(forkmap_table), pointer :: table
    procedure(fail_call_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%fail_call, entry)
    state = entry(item, c_loc(text), int(len(text), c_int64_t))
  end function

  function fail_hook(hook, text) result(state)
    type(forkmap_hook), intent(inout) :: hook
    character(len=*), intent(in), target :: text
    integer(c_int) :: state
    type(forkmap_table), pointer :: table
    procedure(fail_hook_entry), pointer :: entry
    table => table_at(hook%table)
    call c_f_procpointer(table%fail_hook, entry)
    call entry(hook, c_loc(text), int(len(text), c_int64_t))
    state = 1
  end function

  ! The index of the item in the whole input, from 0.
  function forkmap_item_index(item) result(index)
    type(forkmap_call), intent(in) :: item
    integer(c_int64_t) :: index
    type(forkmap_table), pointer :: table
    procedure(item_number_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%item_index, entry)
    index = entry(item)
  end function

  ! The same for any number of workers, chunk size and retry; all 64 bits are used.
  function forkmap_item_seed(item) result(seed)
    type(forkmap_call), intent(in) :: item
    integer(c_int64_t) :: seed
    type(forkmap_table), pointer :: table
    procedure(item_number_entry), pointer :: entry
    table => table_at(item%table)
    call c_f_procpointer(table%item_seed, entry)
    seed = entry(item)
  end function

  function parameter_at(table_address, host, name, value_bytes) result(value)
    type(c_ptr), intent(in) :: table_address, host
    character(len=*), intent(in), target :: name
    integer(c_int64_t), intent(out) :: value_bytes
    type(c_ptr) :: value
    type(forkmap_table), pointer :: table
    procedure(parameter_entry), pointer :: entry
    value_bytes = 0
    table => table_at(table_address)
    call c_f_procpointer(table%parameter, entry)
    value = entry(host, c_loc(name), int(len(name), c_int64_t), value_bytes)
  end function

  function call_parameter(item, name) result(text)
    type(forkmap_call), intent(in) :: item
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: text
    type(forkmap_chunk), pointer :: chunk
    integer(c_int64_t) :: size_bytes
    type(c_ptr) :: value
    call c_f_pointer(item%chunk, chunk)
    value = parameter_at(item%table, chunk%host, name, size_bytes)
    text = text_at(value, size_bytes)
  end function

  function hook_parameter(hook, name) result(text)
    type(forkmap_hook), intent(in) :: hook
    character(len=*), intent(in) :: name
    character(len=:), allocatable :: text
    integer(c_int64_t) :: size_bytes
    type(c_ptr) :: value
    value = parameter_at(hook%table, hook%host, name, size_bytes)
    text = text_at(value, size_bytes)
  end function

  function call_has_parameter(item, name) result(given)
    type(forkmap_call), intent(in) :: item
    character(len=*), intent(in) :: name
    logical :: given
    type(forkmap_chunk), pointer :: chunk
    integer(c_int64_t) :: size_bytes
    call c_f_pointer(item%chunk, chunk)
    given = c_associated(parameter_at(item%table, chunk%host, name, size_bytes))
  end function

  function hook_has_parameter(hook, name) result(given)
    type(forkmap_hook), intent(in) :: hook
    character(len=*), intent(in) :: name
    logical :: given
    integer(c_int64_t) :: size_bytes
    given = c_associated(parameter_at(hook%table, hook%host, name, size_bytes))
  end function

  function text_at(data, size_bytes) result(text)
    type(c_ptr), intent(in) :: data
    integer(c_int64_t), intent(in) :: size_bytes
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer(c_int64_t) :: i
    if (.not. c_associated(data)) then
      text = ""
      return
    end if
    allocate (character(len=size_bytes) :: text)
    call c_f_pointer(data, letters, [size_bytes])
    do i = 1, size_bytes
      text(i:i) = letters(i)
    end do
  end function

  ! A copy that ends with NUL and lives for ever, as the descriptor demands.
  function lasting_text(text) result(address)
    character(len=*), intent(in) :: text
    type(c_ptr) :: address
    character(kind=c_char), pointer :: copy(:)
    integer :: i
    allocate (copy(len(text) + 1))
    do i = 1, len(text)
      copy(i) = text(i:i)
    end do
    copy(len(text) + 1) = c_null_char
    address = c_loc(copy)
  end function

  ! Whether this process is a worker, or was forked from one. What runs at the end runs in the host, too.
  function forkmap_in_worker() result(is_worker)
    logical :: is_worker
    is_worker = worker_mark /= 0
  end function

  ! A record of the descriptor. `once`: never run again for an item whose worker died.
  function forkmap_new_function(name, signature, doc, entry, once) result(record)
    character(len=*), intent(in) :: name, signature, doc
    procedure(map_function) :: entry
    logical, intent(in), optional :: once
    type(forkmap_function) :: record
    record%size_bytes = int(c_sizeof(record), c_int32_t)
    record%flags = 0
    if (present(once)) record%flags = merge(1, 0, once)
    record%name = lasting_text(name)
    record%signature = lasting_text(signature)
    record%doc = lasting_text(doc)
    record%run = c_null_funptr
    record%run_vector = c_null_funptr
    record%call = c_funloc(entry)
    record%context = c_null_ptr
  end function

  ! What forkmap_plugin_v1() returns. `leaves_at_once`: a worker that leaves in peace does not end the
  ! plugin (units that it opened, destructors).
  function forkmap_new_plugin(name, version, functions, preload, start, stop, leaves_at_once) &
      result(address)
    character(len=*), intent(in) :: name, version
    type(forkmap_function), intent(in) :: functions(:)
    procedure(hook_function), optional :: preload, start, stop
    logical, intent(in), optional :: leaves_at_once
    type(c_ptr) :: address
    type(forkmap_plugin), pointer :: plugin
    type(forkmap_function), pointer :: records(:)
    allocate (plugin)
    allocate (records(size(functions)))
    records = functions
    plugin%size_bytes = int(c_sizeof(plugin), c_int32_t)
    plugin%abi_version = abi_version
    plugin%name = lasting_text(name)
    plugin%version = lasting_text(version)
    plugin%functions = c_loc(records)
    plugin%function_count = size(functions, kind=c_int64_t)
    plugin%preload = c_null_funptr
    plugin%start = c_null_funptr
    plugin%stop = c_null_funptr
    if (present(preload)) plugin%preload = c_funloc(preload)
    if (present(start)) plugin%start = c_funloc(start)
    if (present(stop)) plugin%stop = c_funloc(stop)
    plugin%flags = 0
    if (present(leaves_at_once)) plugin%flags = merge(1, 0, leaves_at_once)
    plugin%in_worker = c_loc(worker_mark)
    address = c_loc(plugin)
  end function

end module forkmap
