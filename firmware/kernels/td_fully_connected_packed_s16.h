/* Fully connected layer, int16, from packed int8 weights, of sums that fit 32 bits.
 *
 * input   int16, zero point 0  [batches, input_size]
 * filter  int8, 4-aligned: a word k0, k2, k1, k3 for each group of four inputs, the last one filled
 *         up with zeros; four outputs side by side, group by group, the rest of them one by one
 * bias    int32                [output_size]
 * output  int16, zero point 0  [batches, output_size] */
#ifndef TD_FULLY_CONNECTED_PACKED_S16_H
#define TD_FULLY_CONNECTED_PACKED_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int16_t per_channel; /* 0: one multiplier and shift for all, 1: one for each output */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier; /* td_scaled_s16's */
  const int8_t *shift;       /* the same, NULL when all are 0 */
} td_fully_connected_packed_s16_params;

void td_fully_connected_packed_s16(const td_fully_connected_packed_s16_params *p,
                                   const int16_t *input, const int8_t *filter, const int32_t *bias,
                                   int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
