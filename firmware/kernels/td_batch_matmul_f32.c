#include "td_batch_matmul_f32.h"

#include "td_float.h"

static void multiply(const td_batch_matmul_f32_params *p, const float *input1, const float *input2,
                     float *output) {
  for (int32_t i = 0; i < p->rows; i++) {
    for (int32_t j = 0; j < p->columns; j++) {
      const float *a = input1 + i * p->row_stride1;
      const float *b = input2 + j * p->column_stride2;
      float sum = 0.0f;
      for (int32_t k = 0; k < p->depth; k++) {
        sum = td_mac(sum, a[k * p->column_stride1], b[k * p->row_stride2]);
      }
      *output++ = sum;
    }
  }
}

void td_batch_matmul_f32(const td_batch_matmul_f32_params *p, const float *input1,
                         const float *input2, float *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        multiply(p, input1 + a * p->batch1[0] + b * p->batch1[1] + c * p->batch1[2],
                 input2 + a * p->batch2[0] + b * p->batch2[1] + c * p->batch2[2], output);
        output += p->rows * p->columns;
      }
    }
  }
}
