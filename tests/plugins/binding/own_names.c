/* SPDX-License-Identifier: Apache-2.0
 *
 * A library whose functions bear names that the C library has, too, and calls its own: directly, by
 * an address that is taken at run time, and by a table of addresses in its data.
 */
#include <stddef.h>

#define SEEN __attribute__((visibility("default")))

SEEN double gamma(double x);
SEEN double y1(double x);
SEEN double round(double x);
SEEN long index(long row, long column);
SEEN long error(long code);
SEEN extern long timezone;
SEEN double own_gamma(double x);
SEEN double own_y1(double x);
SEEN double own_round(double x);
SEEN long own_index(long row, long column);
SEEN long own_error(long code);
SEEN long own_timezone(void);

/* What each gives here, no other function of that name gives. */
double gamma(double x) { return x + 0.25; }
double y1(double x) { return x + 100; }
double round(double x) { return x + 200; }
long index(long row, long column) { return row * 1000 + column; }
long error(long code) { return code + 300; }
long timezone = 77;

static double (*const table[])(double) = {round};
static double (*volatile chosen)(double);

double own_gamma(double x) { return gamma(x); }
double own_y1(double x) {
  chosen = y1;
  return chosen(x);
}
double own_round(double x) { return (*(double (*const volatile*)(double))&table[0])(x); }
long own_index(long row, long column) { return index(row, column); }
long own_error(long code) { return error(code); }
long own_timezone(void) { return timezone; }
