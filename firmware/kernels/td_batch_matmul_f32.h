/* Product of float32 matrices, each read by its strides, their batches broadcast.
 *
 * output float32 [shape[0], shape[1], shape[2], rows, columns] */
#ifndef TD_BATCH_MATMUL_F32_H
#define TD_BATCH_MATMUL_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[3];
  int32_t batch1[3]; /* from one batch to the next, 0 where broadcast */
  int32_t batch2[3];
  int32_t rows;
  int32_t columns;
  int32_t depth;
  int32_t row_stride1;
  int32_t column_stride1;
  int32_t row_stride2;
  int32_t column_stride2;
} td_batch_matmul_f32_params;

void td_batch_matmul_f32(const td_batch_matmul_f32_params *p, const float *input1,
                         const float *input2, float *output);

#ifdef __cplusplus
}
#endif
#endif
