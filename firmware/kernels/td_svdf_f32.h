/* One step of a singular value decomposition filter, float32: each filter's product with the input
 * joins its memory of the last ones, and a unit's output is what its filters' memories weigh in
 * time.
 *
 * input float32 [batches, inputs], feature float32 [units * rank, inputs], time float32
 * [units * rank, memory], bias float32 [units], output float32 [batches, units], state float32
 * [batches, units * rank, memory]: the oldest first; it lives on from one call to the next. */
#ifndef TD_SVDF_F32_H
#define TD_SVDF_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank; /* filters of a unit */
  int32_t memory;
  float activation_min;
  float activation_max;
} td_svdf_f32_params;

void td_svdf_f32(const td_svdf_f32_params *p, const float *input, const float *feature,
                 const float *time, const float *bias, float *output, float *state);

#ifdef __cplusplus
}
#endif
#endif
