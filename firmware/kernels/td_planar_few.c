#include "td_planar_few.h"

#define ROW_WORDS (TD_PLANAR_ROW_BYTES / 4)

#if TD_DSP
#pragma GCC optimize("Os")
#endif

/* One row of the image, where a word would leave the array. */
static void copy_bytes(const td_planar *p, const int8_t *image, uint32_t *planes) {
  for (int32_t pair = 0; pair < p->pairs; pair++) {
    const int32_t x = 2 * pair - p->pad_left;
    for (int32_t c = 0; c < p->channels; c++) {
      int32_t value[2] = {0, 0};
      for (int32_t k = 0; k < 2; k++) {
        if (x + k >= 0 && x + k < p->input_width) {
          value[k] = image[(x + k) * p->right + c] - p->input_zero;
        }
      }
      planes[c] = td_pair(value[0], value[1]);
    }
    planes += p->rows * ROW_WORDS;
  }
}

void td_planar_copy_few(const td_planar *p, const int8_t *input, int32_t row, int32_t count,
                        int32_t plane_row, int cleared, uint32_t *planes) {
  const int32_t end = row + count;
  /* A word from a pixel ends inside the image where enough rows follow. */
  const int32_t missing = 4 - p->channels;
  int32_t words = p->input_height - (missing > 0 ? (missing + p->down - 1) / p->down : 0);
  if (missing <= 0 || words > end) {
    words = end;
  }
  if (row < words) {
    td_planar_copy(p, input, row, words - row, plane_row, cleared, planes);
    plane_row += words - row;
    row = words;
  }
  for (; row < end; row++, plane_row++) {
    if (row >= 0 && row < p->input_height) {
      copy_bytes(p, input + row * p->down, planes + plane_row * ROW_WORDS);
    } else {
      td_planar_copy(p, input, row, 1, plane_row, cleared, planes);
    }
  }
}
