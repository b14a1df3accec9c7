#include "td_svdf_s8_s8.h"

#define TD_PARAMS td_svdf_s8_s8_params
#define TD_STATE int8_t
#define TD_STATE_MIN INT8_MIN
#define TD_STATE_MAX INT8_MAX
#include "td_svdf_body.h"

void td_svdf_s8_s8(const td_svdf_s8_s8_params *p, const int8_t *input, const int8_t *feature,
                   const int8_t *time, const int32_t *bias, int8_t *output, int8_t *state) {
  filter_all(p, input, feature, time, bias, output, state);
}
