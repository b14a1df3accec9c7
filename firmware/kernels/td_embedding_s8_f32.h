/* Rows of an int8 table by indices, as float32. An index beyond the ends takes the first or the
 * last row.
 *
 * indices int32 [count], table int8 [size, depth], output float32 [count, depth] */
#ifndef TD_EMBEDDING_S8_F32_H
#define TD_EMBEDDING_S8_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t count;
  int32_t size; /* rows */
  int32_t depth;
  float scale; /* of the table, whose zero point is 0 */
} td_embedding_s8_f32_params;

void td_embedding_s8_f32(const td_embedding_s8_f32_params *p, const int32_t *indices,
                         const int8_t *table, float *output);

#ifdef __cplusplus
}
#endif
#endif
