export { answerAbsentServices } from './answer.ts'
export { absentServicesDevicePath } from './device-path.ts'
