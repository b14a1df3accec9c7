#include "td_add_s16.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

/* Bits of headroom that the inputs gain before they are scaled. */
#define INPUT_BITS 15

/* x * multiplier * 2^(shift - 31) with shift <= 0. */
static int32_t scale(int32_t x, int32_t multiplier, int32_t shift) {
  return td_rounding_shift_right(td_doubling_high_mul(x, multiplier), -shift);
}

static void add_row(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                    int16_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t a = (*input1 + p->offset1) * (1 << INPUT_BITS);
    const int32_t b = (*input2 + p->offset2) * (1 << INPUT_BITS);
    const int32_t sum =
        scale(a, p->multiplier1, p->shift1) + p->sign * scale(b, p->multiplier2, p->shift2);
    const int32_t raw = scale(sum, p->output_multiplier, p->output_shift) + p->output_offset;
    output[i] = (int16_t)td_clamp(raw, p->activation_min, p->activation_max);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

#if TD_DSP
/* One of the three steps of a sum: twice a number times a multiplier below one, then to the right.
 */
typedef struct {
  int32_t multiplier;
  int32_t shift;
  int32_t rounding;
  int32_t sign; /* what of a number's sign rounds away from zero: all bits, or none without shift */
} scaling;

static scaling scaling_of(int32_t multiplier, int32_t shift) {
  const scaling s = {multiplier, -shift, shift < 0 ? 1 << (-shift - 1) : 0, shift < 0 ? -1 : 0};
  return s;
}

TD_INLINE int32_t scaled(const scaling *s, int32_t twice) {
  return td_smmlar(twice, s->multiplier, s->rounding + ((twice >> 31) & s->sign)) >> s->shift;
}

/* Whether a row is what `add_dense` takes: no input is broadcast in it, zero points are 0. */
static int is_dense(const td_add_s16_params *p) {
  return p->stride1[3] == 1 && p->stride2[3] == 1 && p->offset1 == 0 && p->offset2 == 0 &&
         p->output_offset == 0 && p->shift1 > -31 && p->shift2 > -31 && p->output_shift > -31;
}

static void add_dense(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                      int16_t *output) {
  const scaling first = scaling_of(p->multiplier1, p->shift1);
  const scaling second = scaling_of(p->multiplier2, p->shift2);
  const scaling both = scaling_of(p->output_multiplier, p->output_shift);
  const int32_t sign = p->sign;
  for (const int16_t *const end = input1 + p->shape[3]; input1 != end;) {
    const int32_t a = scaled(&first, *input1++ * (1 << (INPUT_BITS + 1)));
    const int32_t b = scaled(&second, *input2++ * (1 << (INPUT_BITS + 1)));
    const int32_t raw = scaled(&both, 2 * (a + sign * b));
    *output++ = (int16_t)td_clamp(raw, p->activation_min, p->activation_max);
  }
}
#endif

void td_add_s16(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output) {
#if TD_DSP
  const int dense = is_dense(p);
#endif
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        const int16_t *row1 = input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2];
        const int16_t *row2 = input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2];
#if TD_DSP
        if (dense) {
          add_dense(p, row1, row2, output);
        } else {
          add_row(p, row1, row2, output);
        }
#else
        add_row(p, row1, row2, output);
#endif
        output += p->shape[3];
      }
    }
  }
}
