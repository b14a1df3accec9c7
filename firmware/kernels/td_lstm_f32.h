/* A long short-term memory over a sequence, float32, starting from nothing in every batch of every
 * call.
 *
 * input     float32 [rows, inputs]: step t of batch b is row b * batch_stride + t * step_stride
 * filter    float32 [4, units, inputs]: input, forget, cell and output gate
 * recurrent float32 [4, units, units]
 * bias      float32 [4, units]
 * output    float32 [rows, units]
 * scratch   float32 [5, units] */
#ifndef TD_LSTM_F32_H
#define TD_LSTM_F32_H

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
  float cell_clip; /* 0: not clipped */
} td_lstm_f32_params;

void td_lstm_f32(const td_lstm_f32_params *p, const float *input, const float *filter,
                 const float *recurrent, const float *bias, float *output, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
