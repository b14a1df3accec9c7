/* Fully connected layer, int8, whose filter is decoded as it is used: no memory holds it.
 *
 * input   int8                       [batches, input_size]
 * filter  [code_bytes]               the rows of [output_size, input_size], in the code of
 *                                    td_decode_huffman_s8.h: zeros cost nothing
 * bias    int32, with the input's zero point folded in:
 *         bias[o] - zero_point * sum(filter[o])   [output_size]
 * output  int8                       [batches, output_size]
 * scratch 4-aligned: 2 << gap_lengths and 2 << weight_lengths bytes
 */
#ifndef TD_FULLY_CONNECTED_HUFFMAN_S8_H
#define TD_FULLY_CONNECTED_HUFFMAN_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t input_size;
  int32_t output_size;
  int32_t code_bytes;
  int16_t longest;
  int16_t gap_lengths;
  int16_t weight_lengths;
  int16_t per_channel;   /* 0: one multiplier and shift for all, 1: one for each output */
  int16_t output_offset; /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
  const int32_t *multiplier;
  const int8_t *shift;
  const uint8_t *gap_counts;
  const uint8_t *gap_symbols;
  const uint8_t *weight_counts;
  const uint8_t *weight_symbols;
} td_fully_connected_huffman_s8_params;

void td_fully_connected_huffman_s8(const td_fully_connected_huffman_s8_params *p,
                                   const int8_t *input, const uint8_t *filter, const int32_t *bias,
                                   int8_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
