/* Elements of an int16 tensor scaled, those below the zero point in another way, and clamped: RELU,
 * RELU6, LEAKY_RELU and ABS.
 *
 * input, output: int16, `size` elements; they may be the same memory.
 *
 * Below the zero point it is sign * (flip * x times the negative multiplier), signs 1 or -1: what
 * is rounded, and which way, depends on where they are. */
#ifndef TD_PIECEWISE_S16_H
#define TD_PIECEWISE_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t multiplier;
  int32_t negative_multiplier;
  int8_t shift;
  int8_t negative_shift;
  int8_t flip;
  int8_t sign;
  int32_t input_offset; /* minus the input's zero point */
  int32_t output_offset;
  int16_t activation_min;
  int16_t activation_max;
} td_piecewise_s16_params;

void td_piecewise_s16(const td_piecewise_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
