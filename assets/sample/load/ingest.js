import http from 'k6/http';
import { sleep } from 'k6';

export const options = {
  stages: [
    { duration: '1m', target: 50 },
    { duration: '3m', target: 50 },
    { duration: '1m', target: 0 },
  ],
};

const BASE = __ENV.BASE_URL || 'http://localhost:8080';

export default function () {
  const event = { id: `load-${__VU}-${__ITER}`, caller_number: '+15550100', started_at: new Date().toISOString() };
  http.post(`${BASE}/v1/calls`, JSON.stringify(event), { headers: { 'Content-Type': 'application/json' } });
  sleep(0.2);
}
