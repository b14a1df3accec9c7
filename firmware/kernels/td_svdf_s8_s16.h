/* One step of a singular value decomposition filter: each filter's product with the input joins its
 * memory of the last ones, and a unit's output is what its filters' memories weigh in time.
 *
 * input int8 [batches, inputs], feature int8 [units * rank, inputs], time int16 [units * rank,
 * memory], bias int32 [units], output int8 [batches, units], state int16 [batches, units * rank,
 * memory]: the oldest first; it lives on from one call to the next. */
#ifndef TD_SVDF_S8_S16_H
#define TD_SVDF_S8_S16_H

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
  int32_t multiplier; /* of a filter's product, to the state's scale */
  int32_t output_multiplier;
  int8_t shift;
  int8_t output_shift;
  int16_t input_offset; /* minus the input's zero point */
  int16_t state_offset; /* minus the state's zero point */
  int16_t output_offset;
} td_svdf_s8_s16_params;

void td_svdf_s8_s16(const td_svdf_s8_s16_params *p, const int8_t *input, const int8_t *feature,
                    const int16_t *time, const int32_t *bias, int8_t *output, int16_t *state);

#ifdef __cplusplus
}
#endif
#endif
