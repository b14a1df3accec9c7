/* td_planar_copy for images of any number of channels. */
#ifndef TD_PLANAR_FEW_H
#define TD_PLANAR_FEW_H

#include "td_planar.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As td_planar_copy. Where the image has fewer than four channels, those above hold anything. */
void td_planar_copy_few(const td_planar *p, const int8_t *input, int32_t row, int32_t count,
                        int32_t plane_row, int cleared, uint32_t *planes);

#ifdef __cplusplus
}
#endif
#endif
