/* A filter from indices of a codebook, `bits` bits each.
 *
 * code   [code_bytes]
 * filter int8 [size], 4-aligned
 *
 * `lanes` as in td_decode_huffman_s8.h. */
#ifndef TD_DECODE_CODEBOOK_S8_H
#define TD_DECODE_CODEBOOK_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t code_bytes;
  int16_t lanes;
  int16_t bits;       /* 1 to 7 */
  const int8_t *book; /* [2 to the power of bits] */
} td_decode_codebook_s8_params;

void td_decode_codebook_s8(const td_decode_codebook_s8_params *p, const uint8_t *code,
                           int8_t *filter);

#ifdef __cplusplus
}
#endif
#endif
