/* A filter from its Huffman code: how many zeros come next, then a weight, and so on.
 *
 * code    [code_bytes]   pairs of a gap and a weight; the gap `longest` has no weight behind it
 * filter  int8 [size], 4-aligned
 * scratch 4-aligned: 2 << gap_lengths and 2 << weight_lengths bytes
 *
 * With `lanes` the filter is one of td_packed.h: each two weights become one 16-bit number, the
 * even plus 256 times the odd. Its size is then even. */
#ifndef TD_DECODE_HUFFMAN_S8_H
#define TD_DECODE_HUFFMAN_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int32_t code_bytes;
  int16_t lanes;
  int16_t longest;
  int16_t gap_lengths; /* how many lengths the codes of gaps have, from 1 bit on: 8 at most */
  int16_t weight_lengths;
  const uint8_t *gap_counts;     /* [gap_lengths] codes of each length */
  const uint8_t *gap_symbols;    /* in the order of their codes */
  const uint8_t *weight_counts;  /* [weight_lengths] */
  const uint8_t *weight_symbols; /* int8 */
} td_decode_huffman_s8_params;

void td_decode_huffman_s8(const td_decode_huffman_s8_params *p, const uint8_t *code, int8_t *filter,
                          void *scratch);

#ifdef __cplusplus
}
#endif
#endif
