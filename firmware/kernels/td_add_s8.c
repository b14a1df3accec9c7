#include "td_add_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

/* Bits of headroom that the inputs gain before they are scaled. */
#define INPUT_BITS 20

/* x * multiplier * 2^(shift - 31) with shift <= 0. */
static int32_t scale(int32_t x, int32_t multiplier, int32_t shift) {
  return td_rounding_shift_right(td_doubling_high_mul(x, multiplier), -shift);
}

static void add_row(const td_add_s8_params *p, const int8_t *input1, const int8_t *input2,
                    int8_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t a = (*input1 + p->offset1) * (1 << INPUT_BITS);
    const int32_t b = (*input2 + p->offset2) * (1 << INPUT_BITS);
    const int32_t sum =
        scale(a, p->multiplier1, p->shift1) + p->sign * scale(b, p->multiplier2, p->shift2);
    const int32_t raw = scale(sum, p->output_multiplier, p->output_shift) + p->output_offset;
    output[i] = (int8_t)td_clamp(raw, p->activation_min, p->activation_max);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

#if TD_DSP
/* The constants of a sum in which one input, `plain`, is scaled by exactly 1/2: that is the one
 * with the larger scale. All that follows the multiplications is doubled, as SMMULR wants it. */
typedef struct {
  int32_t plain_offset;
  int32_t scaled_step; /* 2^21 or, for a multiplier of 1/2 as well, 2^22 and one more right shift */
  int32_t scaled_offset;
  int32_t scaled_multiplier;
  int32_t scaled_rounding;
  int32_t scaled_shift;
  int32_t multiplier;
  int32_t rounding;
  int32_t shift;
} sum_constants;

static int is_plain(int32_t multiplier, int32_t shift) {
  return multiplier == 1 << 30 && shift == 0;
}

/* Whether both inputs lie dense in a row, and the sum's constants fit what `add_fast_row` does. */
static int add_is_fast(const td_add_s8_params *p) {
  return p->sign == 1 && p->stride1[3] == 1 && p->stride2[3] == 1 && p->output_shift < 0 &&
         p->output_shift > -23 && p->shift1 > -23 && p->shift2 > -23 &&
         (is_plain(p->multiplier1, p->shift1) || is_plain(p->multiplier2, p->shift2));
}

static sum_constants fold(const td_add_s8_params *p, int swapped) {
  const int32_t plain = swapped ? p->offset2 : p->offset1;
  const int32_t scaled = swapped ? p->offset1 : p->offset2;
  const int32_t multiplier = swapped ? p->multiplier1 : p->multiplier2;
  const int32_t shift = swapped ? p->shift1 : p->shift2;
  const int32_t extra = shift == 0 ? 1 : 0;
  const sum_constants sum = {.plain_offset = plain * (1 << INPUT_BITS),
                             .scaled_step = 1 << (21 + extra),
                             .scaled_offset = scaled * (1 << (21 + extra)),
                             .scaled_multiplier = multiplier,
                             .scaled_rounding = 1 << (extra - shift - 1),
                             .scaled_shift = extra - shift,
                             .multiplier = p->output_multiplier,
                             .rounding = (1 << (-p->output_shift - 1)) +
                                         p->output_offset * (1 << -p->output_shift),
                             .shift = -p->output_shift};
  return sum;
}

TD_INLINE int32_t add_one(const sum_constants *sum, int32_t plain, int32_t scaled) {
  const int32_t b = scaled * sum->scaled_step + sum->scaled_offset;
  const int32_t high = td_smmlar(b, sum->scaled_multiplier, sum->scaled_rounding + (b >> 31));
  const int32_t a = plain * (1 << INPUT_BITS) + sum->plain_offset;
  const int32_t x = a + (high >> sum->scaled_shift) * 2;
  return td_ssat8(td_smmlar(x, sum->multiplier, sum->rounding + (x >> 31)) >> sum->shift);
}

static void add_fast_row(const td_add_s8_params *p, const int8_t *plain, const int8_t *scaled,
                         const sum_constants *constants, int8_t *output) {
  const sum_constants sum = *constants;
  const int clamped = p->activation_min > INT8_MIN || p->activation_max < INT8_MAX;
  int32_t left = p->shape[3];
  for (; left >= 4 && !clamped; left -= 4) {
    output[0] = (int8_t)add_one(&sum, plain[0], scaled[0]);
    output[1] = (int8_t)add_one(&sum, plain[1], scaled[1]);
    output[2] = (int8_t)add_one(&sum, plain[2], scaled[2]);
    output[3] = (int8_t)add_one(&sum, plain[3], scaled[3]);
    plain += 4;
    scaled += 4;
    output += 4;
  }
  for (; left > 0; left--) {
    const int32_t value = add_one(&sum, *plain++, *scaled++);
    *output++ = (int8_t)td_clamp(value, p->activation_min, p->activation_max);
  }
}

static void add_rows(const td_add_s8_params *p, const int8_t *input1, const int8_t *input2,
                     int8_t *output) {
  const int swapped = !is_plain(p->multiplier1, p->shift1);
  const sum_constants sum = fold(p, swapped);
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        const int8_t *row1 = input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2];
        const int8_t *row2 = input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2];
        add_fast_row(p, swapped ? row2 : row1, swapped ? row1 : row2, &sum, output);
        output += p->shape[3];
      }
    }
  }
}
#endif

void td_add_s8(const td_add_s8_params *p, const int8_t *input1, const int8_t *input2,
               int8_t *output) {
#if TD_DSP
  if (add_is_fast(p)) {
    add_rows(p, input1, input2, output);
    return;
  }
#endif
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        add_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
