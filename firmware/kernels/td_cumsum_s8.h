/* Running sums along one axis of an int8 tensor, requantized.
 *
 * input, output int8 [outer, count, inner] */
#ifndef TD_CUMSUM_S8_H
#define TD_CUMSUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t outer;
  int32_t count; /* along the axis */
  int32_t inner;
  int32_t multiplier; /* of the scales, over 2^19 */
  int8_t shift;
  int8_t exclusive;      /* each sum is of the elements before */
  int8_t reverse;        /* from the last element on */
  int16_t input_offset;  /* minus the input's zero point */
  int16_t output_offset; /* the output's zero point */
} td_cumsum_s8_params;

void td_cumsum_s8(const td_cumsum_s8_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
