/* Products of int16 matrices with zero points of 0, batch by batch, each operand broadcast and
 * transposed by its strides.
 *
 * input1, input2: int16; matrix [a, b, c] of an input begins at a * batch[0] + b * batch[1] +
 * c * batch[2], with stride 0 where it is broadcast, and has an element each row_stride and
 * column_stride. output: int16 [shape[0], shape[1], shape[2], rows, columns] */
#ifndef TD_BATCH_MATMUL_S16_H
#define TD_BATCH_MATMUL_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[3];
  int32_t batch1[3];
  int32_t batch2[3];
  int32_t rows;
  int32_t columns;
  int32_t depth;
  int32_t row_stride1;
  int32_t column_stride1;
  int32_t row_stride2;
  int32_t column_stride2;
  int32_t multiplier; /* this and the shift are td_requantize_wide's */
  int8_t shift;
} td_batch_matmul_s16_params;

void td_batch_matmul_s16(const td_batch_matmul_s16_params *p, const int16_t *input1,
                         const int16_t *input2, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
