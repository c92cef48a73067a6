import { PageHead } from "../../components/PageHead";

export const TaskPage = () => <PageHead title="Task" />;
