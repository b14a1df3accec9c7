/* Fully connected layer, int8 with 4-bit weights, from packed weights, of sums that fit 28 bits.
 *
 * input   int8  [batches, input_size]
 * filter  4 bits, zero point 0: a word for each group of eight inputs (td_nibbles.h); four outputs
 *         side by side, group by group, the rest of them one by one, 4-aligned
 * bias    int32, with the input's zero point folded in  [output_size]
 * output  int8  [batches, output_size]
 * scratch 8-aligned: 2 bytes for each input, their number rounded up to eight */
#ifndef TD_FULLY_CONNECTED_PACKED_S4_H
#define TD_FULLY_CONNECTED_PACKED_S4_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int16_t per_channel;   /* 0: one multiplier and shift for all, 1: one for each output */
  int16_t output_offset; /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier;
  const int8_t *shift;
} td_fully_connected_packed_s4_params;

void td_fully_connected_packed_s4(const td_fully_connected_packed_s4_params *p, const int8_t *input,
                                  const int8_t *filter, const int32_t *bias, int8_t *output,
                                  void *scratch);

#ifdef __cplusplus
}
#endif
#endif
