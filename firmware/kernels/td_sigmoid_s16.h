/* The sigmoid of int16 elements, or with `tanh` their hyperbolic tangent: twice the sigmoid of
 * twice the element, less one.
 *
 * input  int16, zero point 0, `size` elements
 * output int16, a fraction of 2^15; may be the input's memory
 *
 * sigmoid[k] is 65536 / (1 + exp(-k / 24)) - 32768; between two of them is a straight line.
 * multiplier * 2^-shift takes an element to steps of the table of 2^-9 (of 2^-8 with `tanh`). */
#ifndef TD_SIGMOID_S16_H
#define TD_SIGMOID_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t multiplier;
  int8_t shift; /* [0, 31] */
  int8_t tanh;
  const int16_t *sigmoid; /* [256] */
} td_sigmoid_s16_params;

void td_sigmoid_s16(const td_sigmoid_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
