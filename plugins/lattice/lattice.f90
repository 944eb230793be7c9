! SPDX-License-Identifier: Apache-2.0
!
! lattice: a plugin in Fortran. The Ising model on a square lattice, the classic kind of code that keeps
! its state in module variables and so cannot run in threads; in workers it can.
include "forkmap/forkmap.f90"

module ising_model
  use, intrinsic :: iso_c_binding
  implicit none
  private
  public :: prepare, sweep, energy_per_site, magnetisation_per_site

  integer, allocatable :: spins(:, :)
  integer(c_int64_t) :: random_state

contains

  subroutine prepare(side, seed)
    integer, intent(in) :: side
    integer(c_int64_t), intent(in) :: seed
    if (allocated(spins)) deallocate (spins)
    allocate (spins(side, side), source=1)
    random_state = ieor(seed, 88172645463325252_c_int64_t)
    if (random_state == 0) random_state = 1
  end subroutine

  ! Marsaglia's xorshift generator, in [0, 1).
  function random() result(value)
    real(c_double) :: value
    random_state = ieor(random_state, ishft(random_state, 13))
    random_state = ieor(random_state, ishft(random_state, -7))
    random_state = ieor(random_state, ishft(random_state, 17))
    value = real(ishft(random_state, -11), c_double) * 2.0_c_double**(-53)
  end function

  ! One step of Glauber dynamics for each site, with periodic borders.
  subroutine sweep(temperature)
    real(c_double), intent(in) :: temperature
    integer :: i, j, side, change
    side = size(spins, 1)
    do j = 1, side
      do i = 1, side
        change = 2 * spins(i, j) * (spins(next(i), j) + spins(previous(i), j) + &
                                    spins(i, next(j)) + spins(i, previous(j)))
        if (random() < 1 / (1 + exp(change / temperature))) spins(i, j) = -spins(i, j)
      end do
    end do
  contains
    integer function next(k)
      integer, intent(in) :: k
      next = merge(1, k + 1, k == side)
    end function
    integer function previous(k)
      integer, intent(in) :: k
      previous = merge(side, k - 1, k == 1)
    end function
  end subroutine

  function energy_per_site() result(energy)
    real(c_double) :: energy
    energy = -real(sum(spins * (cshift(spins, 1, 1) + cshift(spins, 1, 2))), c_double) / size(spins)
  end function

  function magnetisation_per_site() result(magnetisation)
    real(c_double) :: magnetisation
    magnetisation = real(sum(spins), c_double) / size(spins)
  end function

end module ising_model

module lattice
  use, intrinsic :: iso_c_binding
  use forkmap
  use ising_model
  implicit none

contains

  ! side of the lattice, sweeps, temperature -> energy and magnetisation a site
  function ising(item) bind(C, name="") result(state)
    type(forkmap_call), intent(inout) :: item
    integer(c_int) :: state
    integer(c_int64_t) :: side, sweeps, i
    real(c_double) :: temperature
    side = forkmap_argument_i64(item, 0)
    sweeps = forkmap_argument_i64(item, 1)
    temperature = forkmap_argument_f64(item, 2)
    if (side < 2 .or. side > 4096) then
      state = forkmap_fail(item, "the side of the lattice must be between 2 and 4096")
      return
    end if
    if (.not. temperature > 0) then
      state = forkmap_fail(item, "the temperature must be positive")
      return
    end if
    call prepare(int(side), forkmap_item_seed(item))
    do i = 1, sweeps
      call sweep(temperature)
    end do
    call forkmap_return_f64(item, 0, energy_per_site())
    call forkmap_return_f64(item, 1, magnetisation_per_site())
    state = 0
  end function

  function descriptor() bind(C, name="forkmap_plugin_v1") result(plugin)
    type(c_ptr) :: plugin
    type(c_ptr), save :: made = c_null_ptr
    if (.not. c_associated(made)) then
      made = forkmap_new_plugin("lattice", "1.0", [ &
        forkmap_new_function("ising", "(i64, i64, f64) -> (f64, f64)", &
                             "Return energy and magnetisation a site of an Ising model.", ising)])
    end if
    plugin = made
  end function

end module lattice
