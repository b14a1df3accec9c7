/* A long short-term memory over a sequence, int16 with an int16 cell, starting from nothing in
 * every batch of every call.
 *
 * input     int16 [rows, inputs]: step t of batch b is row b * batch_stride + t * step_stride
 * filter    int8 [4, units, inputs], zero point 0: input, forget, cell and output gate
 * recurrent int8 [4, units, units], zero point 0
 * bias      int64 [4, units]: of the input's sums
 * output    int16 [rows, units]
 * scratch   int16 [5, units]
 *
 * sigmoid[k] is 65536 / (1 + exp(-k / 24)) - 32768. Gates are fractions of 2^15, their inputs of
 * 2^12. */
#ifndef TD_LSTM_S16_H
#define TD_LSTM_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t batch_stride;
  int32_t step_stride;
  int32_t multiplier[4]; /* of the input's sums: these two as td_requantize_wide takes them */
  int32_t shift[4];
  int32_t recurrent_multiplier[4];
  int32_t recurrent_shift[4];
  int32_t forget_multiplier; /* of the forget gate times the cell */
  int32_t update_multiplier; /* of the input gate times the cell gate */
  int32_t output_multiplier; /* of the output gate times the cell's tanh */
  int8_t forget_shift;
  int8_t update_shift;
  int8_t output_shift;
  int8_t cell_shift;      /* the cell's scale is 2^(cell_shift - 12) */
  int16_t cell_clip;      /* 0: not clipped */
  int16_t output_offset;  /* the output's zero point: 0 */
  const int16_t *sigmoid; /* [256] */
} td_lstm_s16_params;

void td_lstm_s16(const td_lstm_s16_params *p, const int16_t *input, const int8_t *filter,
                 const int8_t *recurrent, const int64_t *bias, int16_t *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
