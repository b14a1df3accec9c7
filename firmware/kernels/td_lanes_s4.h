/* How the fast kernels multiply int8 inputs and 4-bit weights two at a time, and what they make of
 * the sums.
 *
 * Of a group of eight weights (td_nibbles.h), two of the four bytes, sign-extended, are lanes
 * B = 16 * h + l with h a weight and l another one plus 8; the low four bits of each lane are l
 * itself. With inputs a for h and c for l,
 *     U = a,   V = 16 * c - a,   U . B + V . l = 16 * (a h + c l):
 * two instructions unpack four weights. The sum comes out scaled by 16, and 128 times the sum of c,
 * which the 8 in l adds, is taken from it once for all channels. */
#ifndef TD_LANES_S4_H
#define TD_LANES_S4_H

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_nibbles.h"

#define TD_LANES_LOW 0x000f000fu

/* Writes U and V for bytes 0 and 2 of each group's weights, then those for bytes 1 and 3, `step`
 * words apart, and returns minus 128 times the sum of all c. `input` has `groups` of eight. */
static inline int32_t td_lanes_s4(const int8_t *input, int32_t groups, int32_t step,
                                  uint32_t *acts) {
  int32_t sum = 0;
  for (; groups > 0; groups--) {
    const uint32_t a = td_load_word(input);
    const uint32_t c = td_load_word(input + 4);
    const uint32_t even = td_sxtab16(0, a);
    const uint32_t odd = td_sxtab16_odd(0, a);
    const uint32_t low_even = td_sxtab16(0, c);
    const uint32_t low_odd = td_sxtab16_odd(0, c);
    acts[0] = even;
    acts[step] = td_ssub16(low_even << 4 & ~TD_LANES_LOW, even);
    acts[2 * step] = odd;
    acts[3 * step] = td_ssub16(low_odd << 4 & ~TD_LANES_LOW, odd);
    sum = td_smlad(low_even, 0x00010001u, sum);
    sum = td_smlad(low_odd, 0x00010001u, sum);
    input += TD_NIBBLE_GROUP;
    acts += 4 * step;
  }
  return -128 * sum;
}

typedef struct {
  int32_t multiplier;
  int32_t shift; /* to the right */
  int32_t rounding;
  int32_t output_offset;
  int32_t is_usual; /* whether the shift is 1 to 22, as td_finished_s4 wants it */
} td_finish_s4;

static inline td_finish_s4 td_finish_s4_of(int32_t multiplier, int32_t shift,
                                           int32_t output_offset) {
  td_finish_s4 f = {multiplier, -shift, 0, output_offset, shift < 0 && shift >= -22};
  if (f.is_usual) {
    f.rounding = (1 << (f.shift - 1)) + output_offset * (1 << f.shift);
  }
  return f;
}

/* One output, before it is clamped, of a sum scaled by 16: rounded twice, as the reference does. */
static inline int32_t td_finished_s4(const td_finish_s4 *f, int32_t sum) {
  return td_smmlar(sum >> 3, f->multiplier, f->rounding + (sum >> 31)) >> f->shift;
}

/* The same with any shift. */
static inline int32_t td_finished_any_s4(const td_finish_s4 *f, int32_t sum) {
  return f->is_usual
             ? td_finished_s4(f, sum)
             : td_wrap_add(td_requantize(sum >> 4, f->multiplier, -f->shift), f->output_offset);
}

#endif
