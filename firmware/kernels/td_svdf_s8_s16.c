#include "td_svdf_s8_s16.h"

#define TD_PARAMS td_svdf_s8_s16_params
#define TD_STATE int16_t
#define TD_STATE_MIN INT16_MIN
#define TD_STATE_MAX INT16_MAX
#include "td_svdf_body.h"

void td_svdf_s8_s16(const td_svdf_s8_s16_params *p, const int8_t *input, const int8_t *feature,
                    const int16_t *time, const int32_t *bias, int8_t *output, int16_t *state) {
  filter_all(p, input, feature, time, bias, output, state);
}
